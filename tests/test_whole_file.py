"""A file that somebody may read while it is written is there whole, old or new."""

from pathlib import Path

import pytest

from lmpeval.whole_file import write_whole


def test_a_text_and_bytes_are_written_as_they_are_where_no_folder_was(tmp_path):
    path = tmp_path / "new" / "small.results.csv"
    assert write_whole(path, "één\r\ntwee\n") == path
    assert path.read_bytes() == "één\r\ntwee\n".encode()
    assert write_whole(path, b"\xff").read_bytes() == b"\xff"
    assert [each.name for each in path.parent.iterdir()] == ["small.results.csv"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_who_has_a_file_open_reads_on_in_the_old_one(tmp_path):
    path = write_whole(tmp_path / "page.html", "old")
    with path.open() as reader:
        write_whole(path, "new and longer")
        assert reader.read() == "old"
    assert path.read_text() == "new and longer"


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside(tmp_path, monkeypatch):
    path = write_whole(tmp_path / "page.html", "old")

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]
