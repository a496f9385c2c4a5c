from __future__ import annotations

from fittingroom.preferences.item_looks import ItemLook
from fittingroom.preferences.recommending import Catalogue
from fittingroom.preferences.records import History, Tally
from fittingroom.preferences.tastes import PLACES, Taste, tastes_of
from fittingroom.tryon import KINDS

from .test_item_looks import look


def things() -> Catalogue:
    looks: list[ItemLook] = [
        look("#c4161c", kind="hat", item_id="red-hat"),
        look("#c4161c", kind="scarf", item_id="red-scarf", pattern=0.2),
        look("#2858b8", kind="scarf", item_id="blue-scarf"),
    ]
    return Catalogue.of(looks)


def test_what_was_kept_most_comes_first_then_what_was_tried_most() -> None:
    history = History(
        (
            Tally("red-hat", "hat", 4, 0, 4),
            Tally("red-scarf", "scarf", 1, 1, 0),
            Tally("blue-scarf", "scarf", 1, 0, 0),
            Tally("sold-out", "scarf", 9, 9, 0),
        )
    )
    tastes = tastes_of(history, things())
    assert tastes.kinds == (Taste("scarf", "围巾", 2, 1), Taste("hat", "帽子", 1, 0))
    assert tastes.places == (Taste("neck", "颈部", 2, 1), Taste("head", "头部", 1, 0))
    assert tastes.colours == (Taste("red", "红色", 2, 1), Taste("blue", "蓝色", 1, 0))
    assert tastes.patterns == (Taste("patterned", "有花纹", 1, 1), Taste("plain", "纯色", 2, 0))


def test_a_favourite_that_was_never_tried_counts_as_kept() -> None:
    assert tastes_of(History(stars={"red-hat": 5}), things()).kinds == (Taste("hat", "帽子", 1, 1),)


def test_every_kind_has_its_place_on_the_body() -> None:
    assert set(PLACES) == set(KINDS)
