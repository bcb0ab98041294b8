"""make for specs: requirement files in TOML are the sources, a language model is the compiler, code is the output."""

__version__ = "0.1.0"
