"""A tool whose results are scrubbed, and which is not called with what discloses a target."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Self

from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, Tool
from pydantic import Field, create_model

from expunge.integrations.judging import AnyUnlearner, Judge
from expunge.integrations.langchain.calls import Call
from expunge.integrations.langchain.quiet import unseen


class ScrubbedTool(BaseTool):
    """Passes on another tool's results without targets; to the model it is the same tool.

    A call that discloses a target is not made, and a result of which nothing may be told is plain ignorance; neither
    is an error. The other tool's own events reach no callback and no trace.
    """

    tool: BaseTool
    unlearner: Any = Field(exclude=True, repr=False)

    @classmethod
    def of(cls, tool: BaseTool, unlearner: AnyUnlearner) -> Self:
        """Wrap a tool.

        Raises:
            UsageError: if `unlearner` is none.
        """
        Judge(unlearner)
        schema = tool.args_schema
        if schema is None:
            schema = (
                create_model(tool.name, tool_input=(str, ...)) if isinstance(tool, Tool) else tool.get_input_schema()
            )
        return cls(
            name=tool.name,
            description=tool.description,
            args_schema=schema,
            return_direct=tool.return_direct,
            response_format=tool.response_format,
            handle_tool_error=tool.handle_tool_error,
            handle_validation_error=tool.handle_validation_error,
            tags=tool.tags,
            metadata=tool.metadata,
            extras=tool.extras,
            tool=tool,
            unlearner=unlearner,
        )

    @cached_property
    def _injected_args_keys(self) -> frozenset[str]:
        return self.tool._injected_args_keys

    def _run(self, *args: Any, langchain_config: RunnableConfig, **kwargs: Any) -> Any:
        call = Call(Judge(self.unlearner), self, args, kwargs)
        if call.judge.run(call.discloses()):
            return call.refused()
        try:
            with unseen(langchain_config) as config:
                result = self.tool.invoke(call.given, config)
        except Exception as error:
            if call.judge.run(call.tells(error)):
                raise call.failure() from None
            raise
        return call.judge.run(call.scrubbed(result))

    async def _arun(self, *args: Any, langchain_config: RunnableConfig, **kwargs: Any) -> Any:
        call = Call(Judge(self.unlearner), self, args, kwargs)
        if await call.judge.arun(call.discloses()):
            return call.refused()
        try:
            with unseen(langchain_config) as config:
                result = await self.tool.ainvoke(call.given, config)
        except Exception as error:
            if await call.judge.arun(call.tells(error)):
                raise call.failure() from None
            raise
        return await call.judge.arun(call.scrubbed(result))
