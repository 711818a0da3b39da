"""Every error that expunge raises on purpose.

    ExpungeError                 one sentence for a person, and the exit code of the command line
    ├── UsageError               2: the caller can correct it
    │   ├── ConfigError          expunge.toml or EXPUNGE_* is wrong
    │   ├── InvalidTarget        a target without a usable name, or too long
    │   │   └── DuplicateTarget  a target with this name is already registered
    │   ├── UnknownTarget        no target has this id or name
    │   ├── TargetChanged        a target was changed since it was read
    │   ├── UnknownTenant        a tenant without keys, targets and settings
    │   ├── UnknownKey           no API key has this id
    │   ├── ImportFailed         a file of targets or texts is malformed (names the line)
    │   ├── ModelError           a chat or embedding model could not be used
    │   │   ├── ModelUnreachable 3: refused, reset, timed out, or gone
    │   │   ├── ModelReplyError  the endpoint's answer breaks the protocol
    │   │   ├── ModelRefused     the endpoint answered with an error status (kept in `status`)
    │   │   ├── ContextTooLong   the question exceeds the model's context size
    │   │   └── WeightsInvalid   a file is not a GGUF model, or its checksum is wrong
    │   └── RegistryError        the store of targets could not be used
    │       ├── WrongKey         the encryption key is not the registry's
    │       ├── RegistryLocked   another process held it for too long
    │       ├── RegistryReadOnly it cannot be written
    │       ├── RegistryMissing  its key file exists, but it does not
    │       ├── RegistryLost     it was deleted, moved, replaced or emptied while in use
    │       └── RegistryTooNew   it was written by a newer expunge
    ├── ScrubStopped             1: scrubbing a corpus stopped early; a second run resumes
    ├── EvaluationStopped        1: an evaluation stopped early; a second run resumes
    ├── OverBudget               1: a text is too long, or takes too long, to screen; always ends in a refusal
    ├── AgentError               1: an agent failed or its reply did not parse; always ends in a refusal
    └── MissingError             3: a package or a model is not installed or fetched

The message is one clear sentence that says what to do next. It never contains the text of a user, a model or a
target: code that raises must not put any in.
"""

from __future__ import annotations


class ExpungeError(Exception):
    """Base of all errors. `str(error)` is the sentence, `exit_code` the command line's exit code."""

    exit_code = 1


class UsageError(ExpungeError):
    """Base of errors that the caller can correct."""

    exit_code = 2


class ConfigError(UsageError):
    """The configuration is wrong."""


class InvalidTarget(UsageError):
    """A target cannot be registered."""


class DuplicateTarget(InvalidTarget):
    """A target of this name is already registered, as `target_id`."""

    def __init__(self, message: str, target_id: str) -> None:
        super().__init__(message)
        self.target_id = target_id


class UnknownTarget(UsageError):
    """No target has this id or name."""


class TargetChanged(UsageError):
    """A target was changed since it was read, so the requested change was not made."""


class UnknownTenant(UsageError):
    """The tenant has no keys, targets or settings."""


class UnknownKey(UsageError):
    """No API key has this id."""


class ImportFailed(UsageError):
    """A file could not be imported; nothing in it was."""


class ModelError(UsageError):
    """A chat or embedding model could not be used."""


class ModelUnreachable(ModelError):
    """The endpoint refused or reset the connection, timed out, or is gone."""

    exit_code = 3


class ModelReplyError(ModelError):
    """The endpoint's answer breaks the protocol."""


class ModelRefused(ModelError):
    """The endpoint answered with an error status, kept in `status`."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ContextTooLong(ModelError):
    """The question exceeds the model's context size."""


class WeightsInvalid(ModelError):
    """A file is not a GGUF model, or its checksum is wrong."""


class RegistryError(UsageError):
    """The store of targets could not be used."""


class WrongKey(RegistryError):
    """The encryption key does not match the registry."""


class RegistryLocked(RegistryError):
    """Another process held the registry for too long."""


class RegistryReadOnly(RegistryError):
    """The registry cannot be written."""


class RegistryMissing(RegistryError):
    """The registry's key file exists but the registry does not; no new one was started."""


class RegistryLost(RegistryError):
    """The registry was deleted, moved, replaced or emptied while in use; targets in memory stay in force."""


class RegistryTooNew(RegistryError):
    """The registry was written by a newer version of expunge."""


class EvaluationStopped(ExpungeError):
    """An evaluation stopped before its last case; its log keeps the finished ones."""


class ScrubStopped(ExpungeError):
    """Scrubbing a corpus stopped before its last row; finished parts are kept."""


class OverBudget(ExpungeError):
    """A text is too long, or takes too long, to screen. Never reaches a caller: the pipeline refuses."""


class AgentError(ExpungeError):
    """An agent failed, or its reply did not parse. Never reaches a caller: the pipeline refuses."""


class MissingError(ExpungeError):
    """A package or a model is not installed or fetched."""

    exit_code = 3
