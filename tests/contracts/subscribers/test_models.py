"""The typed models of each language read every golden event, know each of its fields, and give all of it back."""

import json
import subprocess

import pytest

from contracts.registry import EVENTS
from deploy.local.problems import LocalError
from deploy.subscribers import models
from deploy.subscribers.clients import Client
from deploy.subscribers.tools import run
from tests.contracts.subscribers.planted import GOLDEN

BODIES = {event.__name__: json.loads((GOLDEN / f"{event.event_type()}.json").read_text())["body"] for event in EVENTS}
"""By the name of the event's class, which is the name of its model, too."""
PYTHON = """
import json, models, sys
for name, body in json.load(sys.stdin).items():
    model = getattr(models, name).model_validate(body)
    assert set(body) <= set(type(model).model_fields), name
    print(json.dumps([name, model.model_dump(mode="json")]))
"""
GO = """
package main

import ("bytes"; "encoding/json"; "fmt"; "os"; "example.com/subscriber/models")

func main() {
	bodies := map[string]json.RawMessage{}
	if err := json.NewDecoder(os.Stdin).Decode(&bodies); err != nil { panic(err) }
	for name, model := range map[string]any{ %s } {
		reader := json.NewDecoder(bytes.NewReader(bodies[name]))
		reader.DisallowUnknownFields()
		if err := reader.Decode(model); err != nil { panic(name + ": " + err.Error()) }
		again, _ := json.Marshal([]any{name, model})
		fmt.Println(string(again))
	}
}
"""
JAVA = """
import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
class Golden {
    public static void main(String[] args) throws Exception {
        var json = new ObjectMapper().registerModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);
        var bodies = json.readTree(System.in);
        for (var name : bodies.properties()) {
            var model = json.treeToValue(name.getValue(), Class.forName("models." + name.getKey()));
            System.out.println(json.writeValueAsString(new Object[] {name.getKey(), model}));
        }
    }
}
"""


def read_in_python(client: Client, folder) -> list[str]:
    return [str(client.folder / "venv/bin/python"), "-c", PYTHON]


def read_in_java(client: Client, folder) -> list[str]:
    (folder / "Golden.java").write_text(JAVA)
    return ["java", "-cp", "target/classes:target/lib/*", str(folder / "Golden.java")]


def read_in_go(client: Client, folder) -> list[str]:
    home = client.folder / "golden"
    home.mkdir(exist_ok=True)
    (home / "main.go").write_text(GO % "".join(f'"{name}": &models.{name}{{}}, ' for name in BODIES))
    return ["go", "run", "./golden"]


READ = {"python": read_in_python, "java": read_in_java, "go": read_in_go}


def test_models_read_every_golden_event_and_give_all_of_it_back(built, tmp_path):
    if built.language == "typescript":
        assert typed(built, tmp_path, BODIES) == ""
        return
    command = READ[built.language](built, tmp_path)
    ran = subprocess.run(
        command, cwd=built.folder, input=json.dumps(BODIES), capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    again = dict(map(json.loads, ran.stdout.splitlines()))
    assert [name for name, body in BODIES.items() if not holds(again[name], body)] == []


def holds(again, told) -> bool:
    """Whether all that was told is still said; an older event may have gained defaults, and nothing may be left out."""
    if isinstance(told, dict):
        return all(holds(again.get(name), value) for name, value in told.items())
    if isinstance(told, list):
        return len(again or []) == len(told) and all(map(holds, again or [], told))
    return again == told or not (again or told)


def typed(client: Client, folder, bodies: dict) -> str:
    """What the TypeScript compiler says of bodies written down as values of their types."""
    lines = [f"import type * as models from '{client.folder}/models.ts'"]
    lines += [f"export const a{name}: models.{name} = {json.dumps(body)}" for name, body in bodies.items()]
    (folder / "golden.ts").write_text("\n".join(lines))
    tsc = [
        client.folder / "node_modules/.bin/tsc",
        "--noEmit",
        "--strict",
        "--allowImportingTsExtensions",
        "--ignoreConfig",
    ]
    try:
        return run([*tsc, "--module", "nodenext", folder / "golden.ts"], client.folder)
    except LocalError as said:
        return str(said)


@pytest.mark.parametrize("built", ["typescript"], indirect=True)
def test_the_types_of_typescript_refuse_what_is_not_such_an_event(built, tmp_path):
    wrong = {**BODIES["MatchProposed"], "score": "high"}
    assert "'string' is not assignable to type 'number'" in typed(built, tmp_path, {"MatchProposed": wrong})


@pytest.mark.parametrize(
    ("language", "closed"), [("go", True), ("typescript", True), ("java", False), ("python", False)]
)
def test_values_that_events_share_have_one_model(language, closed):
    known = models.all_events(language)["$defs"]
    assert {event.__name__ for event in EVENTS} <= set(known)
    text = json.dumps(known)
    assert ('"enum"' in text) == closed
    assert not [word for word in ("pattern", "maximum", "maxItems", "x-data-class") if f'"{word}"' in text]
