"""The files for containers and for GitHub: clean by their own linters, and about what was chosen.

Equal files of several variants are looked at once. How an image is built and runs is the business
of `test_container_image.py`, what the proxy passes on that of `test_caddy_proxy.py`.
"""

import itertools
import json
import re
import shutil
import sys
import tomllib
from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from cookiecutter.main import cookiecutter

from support import clean_environment
from support import dockerfile
from support import external_servers
from support import page_steps
from support import processes
from support import variants
from support.generation import create_small_template
from support.generation import list_files
from support.paths import ROOT
from support.paths import TEMPLATE
from support.variants import Variant

FILES = {
    "docker": {"Dockerfile", ".dockerignore", "compose.yaml", "compose.override.yaml"},
    "compose_scale": {"compose.scale.yaml", "Caddyfile"},
    "github": {".github/workflows/ci.yml", ".github/dependabot.yml"},
}
"""Feature -> its files."""

WORKFLOW = ".github/workflows/ci.yml"
OWN_WORKFLOW = ROOT / WORKFLOW

BELONGS = {
    "sqlite": r"sqlite",
    "postgresql": r"postgres|\bpg_",
    "mysql": r"mysql|mariadb",
    "rate_limits": r"redis|RATE_LIMIT",
    "llm": r"LLM_|host\.docker",
    "statistical": r"(?<!_)STORAGE_URL",
    "local_models": r"torch|CUDA|HF_|huggingface",
    "docker": r"docker",
}
"""Feature -> what these files speak of only where it was chosen."""

EXAMPLE = "app"
"""The password of the database that ``app/kit/config/database.py`` refuses in production."""

NOT_CHOSEN = re.compile(r"Dockerfile|docker compose|compose[.\w]*\.yaml|\.github/", re.IGNORECASE)
"""What a project without any of these files does not speak of."""

VARIANTS = [
    variant._replace(docker=docker)
    for variant, docker in itertools.product(variants.VARIANTS, variants.QUESTIONS["docker"])
]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[Variant, Path]:
    """A folder for each variant, with these files alone; equal ones share a folder."""
    names = sorted({".env.example"}.union(*FILES.values()))
    texts = {name: (TEMPLATE / name).read_text(encoding="utf-8") for name in names}
    template = create_small_template(tmp_path_factory.mktemp("template"), texts)
    folders: dict[frozenset[str], Path] = {}
    for variant in VARIANTS:
        if known(variant) not in folders:
            folder = tmp_path_factory.mktemp("rendered")
            extra = {**variant._asdict(), "project_slug": "project"}
            made = cookiecutter(
                str(template), no_input=True, extra_context=extra, output_dir=str(folder)
            )
            folders[known(variant)] = finished(Path(made), variant)
    return {variant: folders[known(variant)] for variant in VARIANTS}


def known(variant: Variant) -> frozenset[str]:
    """The features that make a difference in these files."""
    return frozenset(variant.features & {*BELONGS, *FILES})


def finished(project: Path, variant: Variant) -> Path:
    """Leave what the variant has, and write its `.env`, as the hook does."""
    for feature in FILES.keys() - variant.features:
        for name in FILES[feature]:
            (project / name).unlink(missing_ok=True)
    (project / ".env.example").rename(project / ".env")
    return project


def test_the_list_of_deployment_files_is_complete() -> None:
    features = json.loads((TEMPLATE / ".features.json").read_text(encoding="utf-8"))
    owned = tuple(f"{path}/" for name in FILES for path in features[name]["paths"])
    names = {name for name in list_files(TEMPLATE) if f"{name}/".startswith(owned)}
    assert names == set().union(*FILES.values())


@pytest.mark.parametrize("database", ["sqlite", "mysql"])
def test_projects_without_these_files_do_not_mention_them(
    bake: Callable[..., Path], database: str
) -> None:
    project = bake(database=database, docker="no", ci="none")
    names = list_files(project) - {".cookiecutter.json"}
    assert not names & set().union(*FILES.values())
    texts = {name: (project / name).read_text(encoding="utf-8") for name in names}
    assert [name for name, text in texts.items() if NOT_CHOSEN.search(text)] == []


def test_each_file_mentions_only_chosen_features(rendered: dict[Variant, Path]) -> None:
    for variant, project in distinct(rendered):
        for feature, pattern in BELONGS.items():
            names = set().union(*(FILES[name] for name in FILES.keys() & variant.features))
            texts = {name: (project / name).read_text(encoding="utf-8") for name in names}
            found = [name for name in texts if re.search(pattern, texts[name], re.IGNORECASE)]
            assert found == [] or feature in variant.features, f"{variant}: {feature} in {found}"


def test_dockerfiles_are_clean(rendered: dict[Variant, Path]) -> None:
    check(["hadolint"], different(rendered, "Dockerfile"))


def test_workflows_are_clean(rendered: dict[Variant, Path]) -> None:
    workflows = [OWN_WORKFLOW, *different(rendered, WORKFLOW)]
    check(["actionlint"], workflows)
    check(["zizmor", "--offline", "--quiet", "--no-progress"], workflows)
    check([*SCHEMA, "vendor.github-workflows"], workflows)
    dependabot = different(rendered, ".github/dependabot.yml")
    check([*SCHEMA, "vendor.dependabot"], dependabot)
    check(["zizmor", "--offline", "--quiet", "--no-progress"], dependabot)


def test_compose_files_fit_the_schema(rendered: dict[Variant, Path]) -> None:
    for name in ("compose.yaml", "compose.override.yaml", "compose.scale.yaml"):
        check([*SCHEMA, "vendor.compose-spec"], different(rendered, name))


def test_pre_commit_hooks_are_valid() -> None:
    config = TEMPLATE / ".pre-commit-config.yaml"
    check(["pre-commit", "validate-config"], [config])
    hooks = yaml.safe_load(config.read_text(encoding="utf-8"))["repos"][0]["hooks"]
    assert {hook["entry"].removesuffix(" --fix") for hook in hooks} <= {*own_checks(), FORMAT}


def test_the_workflow_runs_the_checks_of_the_readme(rendered: dict[Variant, Path]) -> None:
    for workflow in different(rendered, WORKFLOW):
        job = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]["check"]
        commands = {step["run"] for step in job["steps"] if "run" in step}
        assert {*own_checks(), ALL_TESTS} <= commands


def test_the_workflow_looks_for_known_vulnerabilities(rendered: dict[Variant, Path]) -> None:
    for workflow in different(rendered, WORKFLOW):
        content = yaml.safe_load(workflow.read_text(encoding="utf-8"))
        commands = [step.get("run") for step in content["jobs"]["audit"]["steps"]]
        assert "uv audit --locked" in commands
        assert "schedule" in content[True]  # so PyYAML reads `on`


def test_every_action_is_pinned_and_may_only_read(rendered: dict[Variant, Path]) -> None:
    for workflow in (OWN_WORKFLOW, *different(rendered, WORKFLOW)):
        text = workflow.read_text(encoding="utf-8")
        assert yaml.safe_load(text)["permissions"] == {"contents": "read"}
        uses = re.findall(r"uses: (.+)", text)
        assert uses
        for action in uses:
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_every_image_has_a_version(rendered: dict[Variant, Path]) -> None:
    for name in ("Dockerfile", "compose.yaml", "compose.scale.yaml", WORKFLOW):
        for path in different(rendered, name):
            text = path.read_text(encoding="utf-8")
            for image in re.findall(r"(?:image: |^FROM |--from=(?=\S*:))(\S+)", text, re.MULTILINE):
                assert re.search(r":\d+\.?\d", image), image


def test_compose_starts_the_chosen_services(rendered: dict[Variant, Path]) -> None:
    for variant, project in distinct(rendered, "compose.yaml"):
        together, database = composed(project), variant.features & {"postgresql", "mysql"}
        assert set(together["services"]) == {"app", *database}
        assert_in_order(together)
        address = together["services"]["app"]["environment"]["DATABASE_URL"]
        assert address.startswith(variant.database)
        assert not database or f"@{variant.database}/" in address
        password = together["services"]["app"]["environment"].get("DATABASE_PASSWORD", EXAMPLE)
        assert password == EXAMPLE, "production does not know what to refuse"


def test_scaled_services_share_database_and_redis(rendered: dict[Variant, Path]) -> None:
    for variant, project in distinct(rendered, "compose.scale.yaml"):
        together = composed(project, "-f", "compose.yaml", "-f", "compose.scale.yaml")
        services = together["services"]
        limits = "rate_limits" in variant.features
        expected = {"app", "proxy", variant.database, *(["redis"] if limits else [])}
        assert set(services) == expected
        assert_in_order(together)
        assert [name for name in services if "ports" in services[name]] == ["proxy"]
        assert ("RATE_LIMIT_STORAGE_URL" in services["app"]["environment"]) == limits
        (network,) = together["networks"]["default"]["ipam"]["config"]
        assert services["app"]["environment"]["TRUSTED_PROXIES"] == network["subnet"]
        assert services["app"]["environment"]["ENVIRONMENT"] == "production"


def assert_in_order(compose: dict[str, Any]) -> None:
    """What a service waits for tells whether it is healthy; all but the app by its own check."""
    for service in compose["services"].values():
        for name, wait in service.get("depends_on", {}).items():
            assert wait["condition"] == "service_healthy"
            assert name == "app" or "healthcheck" in compose["services"][name]


def test_commands_of_the_pages_name_existing_files_and_services(bake: Callable[..., Path]) -> None:
    for database in variants.QUESTIONS["database"]:
        project = bake(database=database)
        services = yaml.safe_load((project / "compose.yaml").read_text(encoding="utf-8"))[
            "services"
        ]
        pages = [project / "README.md", project / "docs" / "deployment.md"]
        lines = [
            line
            for page in pages
            for line in page_steps.read_commands(page.read_text(encoding="utf-8"))
        ]
        commands = [line.split() for line in lines if line.startswith("docker")]
        assert commands
        for docker, compose, *words in commands:
            assert (docker, compose) == ("docker", "compose")
            files = [words[place + 1] for place, word in enumerate(words) if word == "-f"]
            assert all((project / name).is_file() for name in files), words
            if words[0] in ("exec", "logs"):
                assert words[1] in services, words


def test_the_image_has_no_files_for_development(
    bake: Callable[..., Path],
) -> None:
    project = bake(docker="yes")
    sent = {name.partition("/")[0] for name in dockerfile.list_build_context(project)}
    assert sent - {"uv.lock"} == {"app", "config", "pyproject.toml", "README.md"}
    with (project / "pyproject.toml").open("rb") as file:
        wheel = tomllib.load(file)["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel == {"packages": ["app"]}


def test_a_container_sees_the_folder_of_custom_models(
    bake: Callable[..., Path], tmp_path: Path
) -> None:
    project = shutil.copytree(bake(ai_custom_models="yes"), tmp_path / "project")
    page = page_steps.split_sections(project / "docs" / "custom-models.md")["Use a local folder"]
    page_steps.run_steps(project, page, {})
    (declared,) = re.findall(r'`model = "(.+?)"`', page)
    weights = project / declared / "model.safetensors"
    weights.parent.mkdir(parents=True)
    weights.touch()
    name = weights.relative_to(project).as_posix()
    clean_environment.run(["git", "check-ignore", name], project)
    assert name not in dockerfile.list_build_context(project)
    service = yaml.safe_load((project / "compose.yaml").read_bytes())["services"]["app"]
    source, target, mode = service["volumes"][-1].split(":")
    image = dockerfile.parse_dockerfile(project / "Dockerfile")
    work = [step.text for step in image if step.word == "WORKDIR"][-1]
    assert (project / source).resolve() in weights.resolve().parents
    assert Path(target) == Path(work) / source
    assert mode == "ro"


ALL_TESTS = "uv run pytest tests"
FORMAT = "uv run ruff format"
SCHEMA = ("check-jsonschema", "--quiet", "--builtin-schema")


def own_checks() -> set[str]:
    """The commands by which the README has a project checked, without the tests."""
    return set(page_steps.read_check_commands(TEMPLATE))


def distinct(rendered: dict[Variant, Path], name: str = "") -> list[tuple[Variant, Path]]:
    """One variant of those that share a folder, or of those whose file of this name is equal."""
    if not name:
        return list({folder: (variant, folder) for variant, folder in rendered.items()}.values())
    having = [pair for pair in rendered.items() if (pair[1] / name).is_file()]
    assert having
    return list(
        {(each.database, (at / name).read_bytes()): (each, at) for each, at in having}.values()
    )


def different(rendered: dict[Variant, Path], name: str) -> list[Path]:
    """The files of this name that differ from each other, that of the template among them."""
    folders = [TEMPLATE, *rendered.values()]
    paths = [folder / name for folder in folders if (folder / name).is_file()]
    return list({path.read_bytes(): path for path in paths}.values())


def check(command: Iterable[str], files: list[Path]) -> None:
    """Run a linter of this repository's environment over files."""
    name, *arguments = command
    program = shutil.which(name, path=Path(sys.executable).parent)
    assert program, f"{name} is not installed"
    clean_environment.run([program, *arguments, *map(str, files)], ROOT)


def composed(project: Path, *files: str) -> dict[str, Any]:
    """What Compose makes of the files together; without it the test is skipped or fails."""
    output = clean_environment.run([*compose(), *files, "config"], project)
    merged: dict[str, Any] = yaml.safe_load(output)
    return merged


def compose() -> list[str]:
    """Docker's own plugin, or the program that was before it."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            done = processes.run([*command, "version"], capture_output=True)
            if done.returncode == 0:
                return command
    return (pytest.fail if external_servers.servers_required() else pytest.skip)(
        "no Docker Compose"
    )
