"""The command ``app``, but for the developer's .env: its workers import this module as well."""

from app.core.config import Settings

Settings.model_config["env_file"] = None

if __name__ == "__main__":
    from app.__main__ import main

    main()
