"""The command ``app``: the commands that every project has, and those of the features."""

from app.cli_accounts import create_admin
from app.cli_accounts import invite
from app.cli_accounts import reset_password
from app.cli_accounts import warn_of_example_secret
from app.core.config import load_settings
from app.jobs import jobs
from app.kit.cli import Commands
from app.kit.cli import export_openapi_command
from app.kit.cli import migrate_command
from app.kit.cli import serve_command
from app.kit.jobs.commands import job_commands
from app.kit.jobs.commands import work_command
from app.kit.scaffold.example import remove_example
from app.kit.scaffold.table import new
from app.kit.storage import check_storage
from app.main import create_app

main = Commands(help="Run and maintain this backend.")
main.add_command(
    serve_command(
        load_settings,
        create_app,
        check_storage,  # %if statistical
        warn_of_example_secret,  # %if jwt
    )
)
main.add_command(work_command(create_app))
main.add_command(migrate_command(load_settings))
main.add_command(job_commands(jobs, load_settings))
main.add_command(create_admin)  # %if jwt
main.add_command(invite)  # %if jwt
main.add_command(reset_password)  # %if jwt
main.add_command(export_openapi_command(create_app))
main.add_command(new)
main.add_command(remove_example)
