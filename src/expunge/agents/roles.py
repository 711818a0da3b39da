"""The roles of the agents, each played by the configured model or by rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from expunge.agents import probes
from expunge.errors import MissingError, ModelError
from expunge.models.base import ChatModel
from expunge.settings import AgentName


class Roles:
    """Gives each agent its player.

    Args:
        models: the model configured for each agent.
        mode: `rules` and `model` force one; `auto` takes the model if it passes the agent's probes.
        cache: the file that remembers the results of probes; None probes anew in each process.
    """

    def __init__(
        self, models: Mapping[AgentName, ChatModel], mode: Literal["auto", "model", "rules"], cache: Path | None = None
    ) -> None:
        self._models = models
        self._mode = mode
        self._cache = cache
        self._competence: dict[AgentName, probes.Competence] = {}

    async def player(self, role: AgentName) -> ChatModel | None:
        """The model that plays an agent, or None where rules do.

        With `auto`, a model that cannot be reached for its probes is no model that has passed them.
        """
        model = self._models.get(role)
        if self._mode == "rules" or model is None:
            return None
        if self._mode == "model":
            return model
        try:
            return model if (await self.competence(role)).passed else None
        except (ModelError, MissingError):
            return None

    async def competence(self, role: AgentName) -> probes.Competence:
        """Return the results of an agent's configured model in that agent's probes.

        Raises:
            ModelError: if the model must be probed and cannot be used.
        """
        if role not in self._competence:
            model = self._models[role]
            if self._cache is None:
                self._competence[role] = await probes.competence(role, model)
            else:
                self._competence[role] = await probes.cached_competence(role, model, self._cache)
        return self._competence[role]
