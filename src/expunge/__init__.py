"""Make a deployed language model stop revealing a person or a topic, without touching its weights.

The names below are the library's public face; each is loaded on first use, so that importing the
package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from expunge.version import __version__

if TYPE_CHECKING:
    from expunge.async_unlearner import AsyncTargets, AsyncUnlearner, Registered, Scrubbed
    from expunge.doctor import Check
    from expunge.elicitation import Elicitation
    from expunge.errors import (
        AgentError,
        ConfigError,
        ContextTooLong,
        DuplicateTarget,
        EvaluationStopped,
        ExpungeError,
        ImportFailed,
        InvalidTarget,
        MissingError,
        ModelError,
        ModelRefused,
        ModelReplyError,
        ModelUnreachable,
        OverBudget,
        RegistryError,
        RegistryLocked,
        RegistryLost,
        RegistryMissing,
        RegistryReadOnly,
        RegistryTooNew,
        ScrubStopped,
        TargetChanged,
        UnknownKey,
        UnknownTarget,
        UnknownTenant,
        UsageError,
        WeightsInvalid,
        WrongKey,
    )
    from expunge.models.base import ChatModel, ChatOptions, Completion, EmbeddingModel
    from expunge.registry.rows import Change
    from expunge.settings import Settings
    from expunge.types import (
        Answer,
        Decision,
        Draft,
        Evidence,
        EvidenceKind,
        Fact,
        Finding,
        Message,
        Pending,
        Rating,
        Snapshot,
        Step,
        Strength,
        Target,
        TargetKind,
        TargetStatus,
        TargetUpdate,
        Trace,
    )
    from expunge.unlearner import Targets, Unlearner

_HOMES = {
    "expunge.async_unlearner": ("AsyncTargets", "AsyncUnlearner", "Registered", "Scrubbed"),
    "expunge.doctor": ("Check",),
    "expunge.elicitation": ("Elicitation",),
    "expunge.registry.rows": ("Change",),
    "expunge.errors": (
        "AgentError",
        "ConfigError",
        "ContextTooLong",
        "DuplicateTarget",
        "EvaluationStopped",
        "ExpungeError",
        "ImportFailed",
        "InvalidTarget",
        "MissingError",
        "ModelError",
        "ModelRefused",
        "ModelReplyError",
        "ModelUnreachable",
        "OverBudget",
        "RegistryError",
        "RegistryLocked",
        "RegistryLost",
        "RegistryMissing",
        "RegistryReadOnly",
        "RegistryTooNew",
        "ScrubStopped",
        "UnknownKey",
        "TargetChanged",
        "UnknownTarget",
        "UnknownTenant",
        "UsageError",
        "WeightsInvalid",
        "WrongKey",
    ),
    "expunge.models.base": ("ChatModel", "ChatOptions", "Completion", "EmbeddingModel"),
    "expunge.unlearner": ("Targets", "Unlearner"),
    "expunge.settings": ("Settings",),
    "expunge.types": (
        "Answer",
        "Decision",
        "Draft",
        "Evidence",
        "EvidenceKind",
        "Fact",
        "Finding",
        "Message",
        "Pending",
        "Rating",
        "Snapshot",
        "Step",
        "Strength",
        "Target",
        "TargetKind",
        "TargetStatus",
        "TargetUpdate",
        "Trace",
    ),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "__version__",
    "AgentError",
    "Answer",
    "AsyncTargets",
    "AsyncUnlearner",
    "Change",
    "ChatModel",
    "ChatOptions",
    "Check",
    "Completion",
    "ConfigError",
    "ContextTooLong",
    "Decision",
    "Draft",
    "DuplicateTarget",
    "Elicitation",
    "EmbeddingModel",
    "EvaluationStopped",
    "Evidence",
    "EvidenceKind",
    "ExpungeError",
    "Fact",
    "Finding",
    "ImportFailed",
    "InvalidTarget",
    "Message",
    "MissingError",
    "ModelError",
    "ModelRefused",
    "ModelReplyError",
    "ModelUnreachable",
    "OverBudget",
    "Pending",
    "Rating",
    "Registered",
    "RegistryError",
    "RegistryLocked",
    "RegistryLost",
    "RegistryMissing",
    "RegistryReadOnly",
    "RegistryTooNew",
    "ScrubStopped",
    "Scrubbed",
    "Settings",
    "Snapshot",
    "Step",
    "Strength",
    "Target",
    "TargetChanged",
    "TargetKind",
    "TargetStatus",
    "TargetUpdate",
    "Targets",
    "Trace",
    "UnknownKey",
    "UnknownTarget",
    "UnknownTenant",
    "Unlearner",
    "UsageError",
    "WeightsInvalid",
    "WrongKey",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
