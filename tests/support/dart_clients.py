"""Generate Dart clients from an OpenAPI document with openapi-generator, and type-check them.

Tests cannot download Dart packages. `dart_packages/` declares the parts of them that the clients
use, and this module declares what build_runner would generate for built_value. The type checker
needs no more than that.
"""

import json
import re
import sys
from pathlib import Path

from support import clean_environment
from support import processes

PACKAGES = Path(__file__).with_name("dart_packages")
OPTIONS = "--additional-properties=useOptional=true,patchOnly=true"
ENUM = re.compile(r"class (\w+) extends EnumClass")
MODEL = re.compile(r"abstract class (\w+) implements .*?Built<")
FIELD = re.compile(r"^  ([\w<>?, ]+?) get (\w+);", re.MULTILINE)


def generate_client(generator: str, document: Path, folder: Path) -> None:
    """Generate a client by openapi-generator, with the options that the pages name."""
    program = str(Path(sys.executable).with_name("openapi-generator-cli"))
    command = [program, "generate", "-g", generator, "-i", str(document), "-o", str(folder)]
    clean_environment.run([*command, OPTIONS], folder.parent)
    for source in (folder / "lib").rglob("*.dart"):
        text = source.read_text(encoding="utf-8")
        if part := re.search(r"^part '(\w+\.g\.dart)';", text, re.MULTILINE):
            source.with_name(part[1]).write_text(
                declare_built_values(source, text), encoding="utf-8"
            )


def declare_built_values(source: Path, text: str) -> str:
    """Declare what built_value generates for a library, without bodies."""
    models = {
        found[1]
        for path in source.parent.glob("*.dart")
        if (found := MODEL.search(path.read_text(encoding="utf-8")))
    }
    if found := ENUM.search(text):
        lines = declare_enum(found[1], text)
    elif found := MODEL.search(text):
        body = text[found.end() : text.index(f"{found[1]}._();")]
        lines = declare_model(found[1], FIELD.findall(body), models)
    else:
        lines = ["external Serializers get _$serializers;"]
    return "\n".join([f"part of '{source.name}';", *lines])


def declare_enum(name: str, text: str) -> list[str]:
    """Declare the constants, names and values of an enum."""
    constants = re.findall(rf"static const {name} \w+ = (_\$\w+);", text)
    serializer = re.search(r"get serializer => (_\$\w+);", text)
    assert serializer
    assert len(constants) == len(set(constants)), f"names of {name} are not unique"
    return [
        *(f"const {name} {constant} = {name}._('');" for constant in constants),
        f"external BuiltSet<{name}> get _$values;",
        f"external {name} _$valueOf(String name);",
        f"external Serializer<{name}> get {serializer[1]};",
        f"mixin _${name}Mixin {{}}",
    ]


def declare_model(name: str, fields: list[tuple[str, str]], models: set[str]) -> list[str]:
    """Declare the implementation and the builder of a model."""
    return [
        f"class _${name} extends {name} {{",
        f"  external factory _${name}([void Function({name}Builder)? updates]);",
        "  @override",
        "  dynamic noSuchMethod(Invocation invocation) => super.noSuchMethod(invocation);",
        "}",
        f"class {name}Builder implements Builder<{name}, {name}Builder> {{",
        *(f"  external {to_builder_type(kind, models)} {field};" for kind, field in fields),
        f"  external {name} build();",
        f"  external void replace({name} value);",
        f"  external void update(void Function({name}Builder)? updates);",
        "}",
    ]


def to_builder_type(kind: str, models: set[str]) -> str:
    """Return the type that a builder has for a field of this type."""
    plain = kind.removesuffix("?")
    if plain.startswith(("BuiltList<", "BuiltMap<")):
        return plain.replace("Built", "", 1).replace("<", "Builder<", 1)
    return f"{plain}Builder" if plain in models else f"{plain}?"


def find_type_errors(dart: str, library: str, folder: Path) -> str:
    """Return the errors of the Dart compiler for a client; empty if it compiles."""
    packages = [
        {"name": path.name, "rootUri": path.as_uri(), "packageUri": "lib/"}
        for path in (folder, *PACKAGES.iterdir())
    ]
    packages[0]["name"] = "openapi"
    for package in packages:
        package["languageVersion"] = "3.7"
    config = folder / "package_config.json"
    config.write_text(json.dumps({"configVersion": 2, "packages": packages}), encoding="utf-8")
    command = [dart, f"--packages={config}", "--snapshot-kind=kernel", "--snapshot=/dev/null"]
    done = processes.run(
        [*command, str(folder / "lib" / library)],
        capture_output=True,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
