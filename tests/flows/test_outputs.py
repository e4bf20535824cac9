"""Files that commands are to write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import typer

from flows.outputs import check_output, spare_inputs


@pytest.mark.parametrize(
    ("name", "told"), [("folder", "is a folder"), ("pipe", "is a device or a pipe"), ("no/file", "there is no folder")]
)
def test_what_is_no_file_is_refused(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(typer.BadParameter, match=told):
        check_output(tmp_path / name)


def test_a_device_stays_what_it_is_behind_a_link(tmp_path: Path) -> None:
    link = tmp_path / "stdout"
    link.symlink_to("/dev/null")
    with pytest.raises(typer.BadParameter, match="is a device or a pipe"):
        check_output(link)


def test_a_link_is_written_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name in ("known", "new"):
        (tmp_path / name).symlink_to(tmp_path / "folder" / "out.csv")
        assert check_output(tmp_path / name) == tmp_path / "folder" / "out.csv"
        (tmp_path / "folder" / "out.csv").touch()
    assert check_output(tmp_path / "plain.csv") == tmp_path / "plain.csv"
    assert check_output(None) is None


def test_what_is_read_is_not_written_over(tmp_path: Path) -> None:
    read, other = tmp_path / "read.csv", tmp_path / "other.csv"
    read.touch()
    (tmp_path / "link.csv").symlink_to(read)
    (tmp_path / "hard.csv").hardlink_to(read)
    spare_inputs([read, None, tmp_path / "gone.csv"], [other, tmp_path / "gone.csv"])
    for name in ("read.csv", "link.csv", "hard.csv"):
        with pytest.raises(typer.BadParameter, match="is what is read"):
            spare_inputs([None, read], [other, tmp_path / name])
