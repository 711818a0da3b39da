"""One call of a tool: what it is given, and what of its result is passed on."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, ToolException

from expunge.integrations.judging import Judge
from expunge.types import Decision

_JSON = (str, dict, list)


class Call:
    """A call. `given` is what the tool is called with."""

    def __init__(self, judge: Judge, tool: BaseTool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.judge = judge
        self._two = tool.response_format == "content_and_artifact"
        self._asked = args[0] if args else tool._filter_injected_args(kwargs)
        hidden = [value for key, value in kwargs.items() if key not in tool._filter_injected_args(kwargs)]
        call_id = next((value for value in hidden if isinstance(value, str)), None)
        self.given: Any = args[0] if args else kwargs
        if not args and (self._two or call_id):
            # Only a whole call brings the artifact, and lets the tool know its id.
            self.given = {"type": "tool_call", "name": tool.name, "args": kwargs, "id": call_id or "call"}

    async def discloses(self) -> bool:
        """Return whether what the tool is given discloses a target."""
        return (await self.judge.value(self._asked)).decision is not Decision.PASSED

    async def tells(self, error: Exception) -> bool:
        """Return whether the text of an error discloses a target."""
        return (await self.judge.value(str(error))).decision is not Decision.PASSED

    def failure(self) -> ToolException:
        """Return the error that is raised in the place of such a one."""
        return ToolException(self._ignorance())

    def refused(self) -> Any:
        """Return what is passed on where nothing may be told."""
        return (self._ignorance(), None) if self._two else self._ignorance()

    async def scrubbed(self, result: Any) -> Any:
        """Return what may be passed on of a result."""
        whole = isinstance(result, ToolMessage)
        told = {"content": result.content, "artifact": result.artifact} if whole else result
        found = await self.judge.value(told)
        if found.decision is Decision.REFUSED or not (whole or isinstance(result, _JSON)):
            passed = found.decision is Decision.PASSED
            return result if passed else self.refused()
        left = told if found.decision is Decision.PASSED else found.value
        if not whole:
            return left
        content = left["content"] or self._ignorance()
        return (content, left["artifact"]) if self._two else content

    def _ignorance(self) -> str:
        return self.judge.ignorance(self._asked)
