"""Building the page: when, with which Node, and that nothing keeps the server from starting."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

import run
from tools import page

NPM = """#!/bin/sh
echo "$@" >> "{log}"
{body}
"""
BUILDS = 'if [ "$1" = run ]; then mkdir -p "$PAGE_OUT" && echo "<title>new</title>" > "$PAGE_OUT/index.html"; fi'
FAILS = "echo 'getaddrinfo ENOTFOUND registry' >&2; exit 1"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of sources, and a machine of which nothing is known but what a test puts there."""
    web = tmp_path / "web"
    (web / "src").mkdir(parents=True)
    (web / "node_modules").mkdir()
    for name in ("package.json", "package-lock.json", "index.html", "src/main.tsx"):
        (web / name).write_text(name)
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(page, "WEB", web)
    monkeypatch.setattr(page, "PAGE", tmp_path / "page")
    monkeypatch.setattr(page, "OWN_NODE", tmp_path / "node")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return tmp_path


def put(house: Path, name: str, text: str) -> None:
    file = house / "bin" / name
    file.write_text(text)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def machine(house: Path, *, npm: str = BUILDS, node: str = "v22.20.0") -> None:
    put(house, "node", f"#!/bin/sh\necho {node}\n")
    put(house, "npm", NPM.format(log=house / "npm.log", body=npm))


def calls(house: Path) -> list[str]:
    log = house / "npm.log"
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


def no_uv() -> Path:
    raise SystemExit(2)


def test_it_is_built_once_and_again_when_a_source_has_changed(house: Path) -> None:
    machine(house)
    assert not page.is_fresh()
    page.build(say=print, find_uv=no_uv)
    assert page.is_fresh()
    assert calls(house) == ["ci", "run"]
    (house / "web" / "src" / "main.tsx").write_text("changed")
    assert not page.is_fresh()
    page.build(say=print, find_uv=no_uv)
    assert calls(house) == ["ci", "run", "run"]  # the packages were those of the lock already
    (house / "web" / "package-lock.json").write_text("newer")
    page.build(say=print, find_uv=no_uv)
    assert calls(house)[3:] == ["ci", "run"]


def test_a_file_that_moves_or_goes_is_a_change(house: Path) -> None:
    first = page.sources_digest()
    (house / "web" / "src" / "main.tsx").rename(house / "web" / "src" / "other.tsx")
    second = page.sources_digest()
    (house / "web" / "src" / "other.tsx").unlink()
    assert len({first, second, page.sources_digest()}) == 3


def test_without_sources_there_is_nothing_to_build(house: Path) -> None:
    (house / "web" / "package.json").unlink()
    assert page.is_fresh()


def test_a_failing_build_keeps_the_page_that_was_there(house: Path) -> None:
    machine(house)
    page.build(say=print, find_uv=no_uv)
    (house / "web" / "src" / "main.tsx").write_text("broken")
    machine(house, npm=FAILS)
    with pytest.raises(page.PageFailed, match="ENOTFOUND"):
        page.build(say=print, find_uv=no_uv)
    assert (house / "page" / "index.html").read_text() == "<title>new</title>\n"
    assert not page.is_fresh()
    assert [path.name for path in house.glob("page*")] == ["page"]


def test_the_server_starts_all_the_same_and_says_why(
    house: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(house, npm=FAILS)
    run.build_page()
    said = capsys.readouterr().err
    assert "ENOTFOUND" in said
    assert "伺服器仍會啟動" in said


@pytest.mark.parametrize(
    ("version", "is_good"),
    [("v20.19.0", True), ("v24.1.0", True), ("v20.18.9", False), ("v18.0.0", False), ("", False)],
)
def test_a_node_that_is_too_old_is_none(house: Path, version: str, is_good: bool) -> None:
    put(house, "node", f"#!/bin/sh\necho {version}\n")
    assert page.is_new_enough(str(house / "bin" / "node")) is is_good


def test_without_node_it_comes_as_a_python_package(house: Path) -> None:
    put(house, "node", "#!/bin/sh\necho v12.0.0\n")
    # Stands in for uv: the registry is not reached in tests.
    folder = house / "node" / page.BINARIES
    put(
        house,
        "uv",
        f'#!/bin/sh\necho "$@" >> {house / "uv.log"}\nmkdir -p {folder}\ncp {house / "bin" / "npm-of-wheel"} {folder}/npm\n',
    )
    put(house, "npm-of-wheel", NPM.format(log=house / "npm.log", body=BUILDS))
    page.build(say=print, find_uv=lambda: house / "bin" / "uv")
    assert page.NODE_WHEEL in (house / "uv.log").read_text()
    assert page.is_fresh()


def test_a_machine_with_neither_node_nor_network_says_so(house: Path) -> None:
    put(house, "node", "#!/bin/sh\necho v12.0.0\n")
    put(house, "uv", "#!/bin/sh\necho 'error: no route to the registry' >&2\nexit 2\n")
    with pytest.raises(page.PageFailed, match="no route to the registry"):
        page.build(say=print, find_uv=lambda: house / "bin" / "uv")


def test_only_the_server_builds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[bool] = []
    monkeypatch.setattr(run, "prepare", lambda **_: None)
    monkeypatch.setattr(run, "build_page", lambda: built.append(True))
    monkeypatch.setattr(run, "replace_with", lambda *_: 0)
    monkeypatch.setattr(run, "find_uv", lambda: Path("uv"))
    for words in (["batch", "x.csv"], ["doctor"], ["test"], ["--help"]):
        run.main(words)
    assert built == []
    run.main([])
    run.main(["serve"])
    assert built == [True, True]


def test_what_is_served_is_what_is_built() -> None:
    from imageloom.doors.http.page import PAGE_FOLDER

    assert PAGE_FOLDER.parent.samefile(page.PAGE.parent)
    assert PAGE_FOLDER.name == page.PAGE.name
