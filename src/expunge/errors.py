"""Every error that expunge raises on purpose.

    ExpungeError                 carries one sentence for a person and the exit code of the command line
    ├── UsageError               2: the caller gave something that cannot be used
    │   ├── ConfigError          expunge.toml or EXPUNGE_* is wrong
    │   ├── InvalidTarget        a target that names nobody, or is too long
    │   │   └── DuplicateTarget  a target with this name is registered already
    │   ├── UnknownTarget        no target has this id or name
    │   ├── TargetChanged        a target is no longer what the change was meant for
    │   ├── UnknownTenant        a tenant that has no key, no target and no settings
    │   ├── UnknownKey           no API key has this id
    │   ├── ImportFailed         a file of targets or texts is malformed (says the line)
    │   ├── ModelError           a chat or embedding model could not be used
    │   │   ├── ModelUnreachable 3: refused, reset, timed out, or gone
    │   │   ├── ModelReplyError  an answer that is not what the protocol promises
    │   │   ├── ModelRefused     the endpoint answered with an error status (kept in `status`)
    │   │   ├── ContextTooLong   the question is over the model's context size
    │   │   └── WeightsInvalid   a file that is not a GGUF model, or has the wrong checksum
    │   └── RegistryError        the store of targets could not be used
    │       ├── WrongKey         the encryption key is not the registry's
    │       ├── RegistryLocked   another process holds it for too long
    │       ├── RegistryReadOnly it cannot be written
    │       ├── RegistryMissing  its key is there, and it is not
    │       ├── RegistryLost     it was deleted, moved, replaced or emptied while it was in use
    │       └── RegistryTooNew   it was written by a newer expunge
    ├── ScrubStopped             1: a corpus is not scrubbed to its end; what was done is kept, and a second run goes on
    ├── EvaluationStopped        1: an evaluation ended early; what was done is kept, and a second run goes on
    ├── OverBudget               1: a text that is too long, or takes too long, to be screened; always ends in a refusal
    ├── AgentError               1: an agent failed or its reply did not parse; always ends in a refusal
    └── MissingError             3: something that is needed is not installed or not fetched

The message is one clear sentence with what to do next. It never holds a user's, a model's or a target's
text: those who raise must not put any in.
"""

from __future__ import annotations


class ExpungeError(Exception):
    """Base of all. `str(error)` is the sentence; `exit_code` is what the command line ends with."""

    exit_code = 1


class UsageError(ExpungeError):
    """The caller gave something that cannot be used."""

    exit_code = 2


class ConfigError(UsageError):
    """The configuration is wrong."""


class InvalidTarget(UsageError):
    """A target that cannot be registered."""


class DuplicateTarget(InvalidTarget):
    """A target of this name is registered already, under `target_id`."""

    def __init__(self, message: str, target_id: str) -> None:
        super().__init__(message)
        self.target_id = target_id


class UnknownTarget(UsageError):
    """No target has this id or name."""


class TargetChanged(UsageError):
    """A target was changed since it was read; the change that was meant for the older one is not made."""


class UnknownTenant(UsageError):
    """A tenant that has no key, no target and no settings of its own."""


class UnknownKey(UsageError):
    """No API key has this id."""


class ImportFailed(UsageError):
    """A file could not be read; nothing of it was taken."""


class ModelError(UsageError):
    """A chat or embedding model could not be used."""


class ModelUnreachable(ModelError):
    """The endpoint refused, reset, timed out or is gone."""

    exit_code = 3


class ModelReplyError(ModelError):
    """The endpoint's answer is not what the protocol promises."""


class ModelRefused(ModelError):
    """The endpoint answered with an error status, kept in `status`."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ContextTooLong(ModelError):
    """The question is over the model's context size."""


class WeightsInvalid(ModelError):
    """A file that is not a GGUF model, or whose checksum is wrong."""


class RegistryError(UsageError):
    """The store of targets could not be used."""


class WrongKey(RegistryError):
    """The encryption key is not the one this registry was written with."""


class RegistryLocked(RegistryError):
    """Another process holds the registry for too long."""


class RegistryReadOnly(RegistryError):
    """The registry cannot be written."""


class RegistryMissing(RegistryError):
    """There once was a registry, as its key tells, and there is none now; nothing is begun in its place."""


class RegistryLost(RegistryError):
    """The registry was deleted, moved, replaced or emptied while it was in use: what is in memory stays in force."""


class RegistryTooNew(RegistryError):
    """The registry was written by a newer version of expunge."""


class EvaluationStopped(ExpungeError):
    """An evaluation ended before its last case; its log keeps what was done."""


class ScrubStopped(ExpungeError):
    """Scrubbing a corpus ended before its last row; what was done is kept."""


class OverBudget(ExpungeError):
    """A text is too long to be screened, or takes too long. Never reaches a caller: the pipeline refuses."""


class AgentError(ExpungeError):
    """An agent failed, or its reply did not parse. Never reaches a caller: the pipeline refuses."""


class MissingError(ExpungeError):
    """Something that is needed is not installed or not fetched."""

    exit_code = 3
