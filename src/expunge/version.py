"""The version, read by the build and by `expunge --version`."""

__version__ = "0.1.0"
