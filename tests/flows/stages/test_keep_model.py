"""A large book keeps its model by itself, and gives it up when it has outgrown it."""

import pytest

from flows.settings import Matching, Settings
from flows.stages.keep_model import keep_model
from flows.stages.kept_models import read_kept
from flows.stages.rebuild import forget_derived

LARGE = Settings(matching=Matching(keep_model_from=5))
NEWCOMERS = {name: {"first_name": name, "email": f"{name}@x.example"} for name in "vwxyz"}


def test_from_a_size_on_only_what_is_new_is_matched(open_book, some_people) -> None:
    with open_book(LARGE) as book:
        book.put({name: some_people[name] for name in "abcd"})
        book.match()
        assert keep_model(book.run) == {}, "it is not large"
        book.put(some_people)
        assert "contacts_changed" not in book.match()["block"]
        assert keep_model(book.run) == {"contacts": 5}
        before = book.tell()
        assert book.match()["block"]["contacts_changed"] == 0
        assert book.tell() == before, "all was matched by it when it was estimated"
        book.put(some_people | {"z": NEWCOMERS["z"]})
        assert book.match()["block"]["contacts_changed"] == 1, "a fifth at most"
        assert keep_model(book.run) == {}, "one is kept"


def test_a_rebuild_goes_by_it_and_another_version_does_not(open_book, some_people) -> None:
    with open_book(LARGE) as book:
        book.put(some_people)
        book.match()
        keep_model(book.run)
        book.put(some_people | {"z": NEWCOMERS["z"]})
        book.match()
        followed = book.tell()
        for command in ("rebuild", "run"):
            forget_derived(book.run)
            book.put(some_people | {"z": NEWCOMERS["z"]})
            book.match(command)
            with book.open() as store:
                assert (read_kept(store) is not None) is (command == "rebuild")
            assert (book.tell() == followed) is (command == "rebuild")


@pytest.mark.parametrize(
    "more",
    [
        {name: NEWCOMERS[name] for name in "yz"},
        {"e": {"first_name": "Kate", "last_name": "Bell", "email": "kate@x.example", "height": "170"}},
    ],
    ids=["more than a fifth of contacts more", "values of another type"],
)
def test_an_outgrown_model_is_estimated_anew(open_book, some_people, more) -> None:
    with open_book(LARGE) as book:
        book.put(some_people)
        book.match()
        keep_model(book.run)
        book.put(some_people | more)
        assert "contacts_changed" not in book.match()["block"]
        said = book.tell_said()
        assert keep_model(book.run) == {"contacts": len(some_people | more)}
        book.match_anew("rebuild")
        assert book.tell_said() == said


def test_what_somebody_keeps_is_never_outgrown(open_book, some_people) -> None:
    with open_book(LARGE) as book:
        book.put(some_people)
        book.match()
        keep_model(book.run)
        book.decide("keep", "kim")
        for count in range(1, 4):
            book.put(some_people | {name: NEWCOMERS[name] for name in "vwx"[:count]})
            assert book.match()["block"]["contacts_changed"] == 1, "nor is all matched anew when it is pinned"


def test_where_much_is_changed_all_is_matched_anew(open_book, some_people) -> None:
    with open_book(LARGE) as book:
        book.put(some_people)
        book.match()
        keep_model(book.run)
        changed = {name: {**some_people[name], "email": f"{name}@y.example"} for name in "ab"}
        book.put(some_people | changed)
        assert "contacts_changed" not in book.match()["block"]
        assert keep_model(book.run) == {"contacts": 5}, "and the model is estimated anew"
        book.decide("keep", "kim")
        book.put(some_people)
        assert "contacts_changed" not in book.match()["block"]
        with book.open() as store:
            assert not read_kept(store).is_by_itself, "what somebody keeps stays"
