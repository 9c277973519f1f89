"""The generated parts of the docs site: commands, TOML keys. MkDocs calls :mod:`docsgen.hook`."""
