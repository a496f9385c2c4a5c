import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fittingroom.errors import LabelError, ShapeError
from fittingroom.labels import CIHP, DETAILS, VITON_HD, allowed_details
from fittingroom.results import ParseResult

# Person 1 wears a hat over a face, person 2 shows hair and a face; their faces touch.
LABELS = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 0, 0, 2, 2, 0],
        [0, 13, 13, 13, 13, 13, 2, 0],
        [0, 13, 0, 13, 13, 13, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ],
    np.uint8,
)
PERSONS = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 1, 0, 0, 2, 2, 0],
        [0, 1, 1, 1, 2, 2, 2, 0],
        [0, 1, 0, 1, 2, 2, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ],
    np.uint16,
)
CONFIDENCE = np.full((6, 8), 102, np.uint8)  # 0.4
CONFIDENCE[1, 1] = 204  # 0.8, on the hat of person 1
# Lips of person 1 in two pieces, and of person 2; jewellery in the hair and on the face of person 2.
DETAIL_MAP = np.array(
    [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 21, 0],
        [0, 2, 0, 0, 2, 21, 0, 0],
        [0, 0, 0, 2, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0, 0],
    ],
    np.uint8,
)
UNSEEN = np.zeros((25, 3), np.float32)


def made(**changes: object) -> ParseResult:
    maps = {"label_map": LABELS, "person_map": PERSONS, "confidence": CONFIDENCE, "label_set": CIHP} | changes
    return ParseResult.from_maps(**maps)  # type: ignore[arg-type]


def maps_of_random_people() -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    """Label maps and person maps up to 6x8 with ids without gaps."""

    @st.composite
    def draw_maps(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
        shape = draw(st.tuples(st.integers(1, 6), st.integers(1, 8)))
        label_map = draw(hnp.arrays(np.uint8, shape, elements=st.sampled_from([0, 0, 2, 13, 19])))
        owners = draw(hnp.arrays(np.uint16, shape, elements=st.integers(1, 3)))
        _, person_map = np.unique(np.where(label_map > 0, owners, 0), return_inverse=True)
        has_background = bool((label_map == 0).any())
        return label_map, (person_map.reshape(shape) + (not has_background)).astype(np.uint16)

    return draw_maps()


def test_each_person_has_its_parts_in_the_order_of_the_classes() -> None:
    people = made().people
    assert [person.id for person in people] == [1, 2]
    assert [list(person.parts) for person in people] == [["hat", "face"], ["hair", "face"]]


def test_a_part_knows_its_class_person_box_area_and_mean_confidence() -> None:
    hat, face = made().people[0].parts.values()
    assert (hat.label, hat.class_id, hat.person_id) == ("hat", 1, 1)
    assert (hat.box_xyxy, hat.area_px) == ((1, 1, 3, 2), 2)
    assert hat.score == pytest.approx(0.6)
    assert (face.box_xyxy, face.area_px) == ((1, 2, 4, 4), 5)
    assert face.score == pytest.approx(0.4)


def test_a_persons_box_holds_all_parts_and_its_score_is_the_mean_over_its_pixels() -> None:
    first, second = made().people
    assert (first.box_xyxy, first.area_px) == ((1, 1, 4, 4), 7)
    assert first.score == pytest.approx((0.8 + 6 * 0.4) / 7)
    assert (second.box_xyxy, second.area_px) == ((4, 1, 7, 4), 7)


def test_given_person_scores_stand() -> None:
    assert [person.score for person in made(person_scores=[0.25, 1]).people] == [0.25, 1.0]


def test_a_mask_leaves_out_the_same_class_on_a_neighbour() -> None:
    face = made().people[1].parts["face"]
    assert face.crop_mask.tolist() == [[True, True], [True, True]]
    assert np.array_equal(face.mask, (LABELS == 13) & (PERSONS == 2))


def test_the_mask_of_a_class_is_over_all_people() -> None:
    result = made()
    assert np.array_equal(result.mask("face"), LABELS == 13)
    assert np.array_equal(result.mask("background"), PERSONS == 0)
    assert not result.mask("dress").any()


def test_the_mask_of_an_unknown_class_is_an_error() -> None:
    with pytest.raises(LabelError, match="no class 'trousers'"):
        made().mask("trousers")


def test_nobody_gives_an_empty_result() -> None:
    nobody = ParseResult.from_maps(
        np.zeros((6, 8), np.uint8), np.zeros((6, 8), np.uint16), CONFIDENCE, label_set=CIHP, person_scores=[]
    )
    assert nobody.people == ()
    assert nobody.size_hw == (6, 8)
    assert not nobody.mask("hair").any()


@given(maps_of_random_people())
def test_parts_and_people_are_what_the_maps_say(maps: tuple[np.ndarray, np.ndarray]) -> None:
    label_map, person_map = maps
    confidence = (np.arange(label_map.size) * 7 % 256).astype(np.uint8).reshape(label_map.shape)
    result = ParseResult.from_maps(label_map, person_map, confidence, label_set=CIHP)
    assert len(result.people) == person_map.max()
    rebuilt_labels, rebuilt_persons = np.zeros_like(label_map), np.zeros_like(person_map)
    for person in result.people:
        assert person.area_px == sum(part.area_px for part in person.parts.values())
        for piece, mask in [
            (person, person_map == person.id),
            *((part, (person_map == person.id) & (label_map == part.class_id)) for part in person.parts.values()),
        ]:
            ys, xs = np.nonzero(mask)
            assert piece.area_px == mask.sum()
            assert piece.box_xyxy == (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
            assert piece.score == pytest.approx(confidence[mask].mean() / 255)
            assert np.array_equal(piece.mask, mask)
        for part in person.parts.values():
            rebuilt_labels[part.mask] = part.class_id
            rebuilt_persons[part.mask] = person.id
    assert np.array_equal(rebuilt_labels, label_map)
    assert np.array_equal(rebuilt_persons, person_map)


def test_details_are_parts_of_the_person_they_lie_on() -> None:
    first, second = made(detail_map=DETAIL_MAP).people
    assert list(first.details) == ["lips"]
    assert list(second.details) == ["lips", "jewellery"]
    lips = first.details["lips"]
    assert (lips.label, lips.class_id, lips.person_id) == ("lips", 2, 1)
    assert (lips.box_xyxy, lips.area_px) == ((1, 2, 4, 4), 2)
    assert np.array_equal(lips.mask, (DETAIL_MAP == 2) & (PERSONS == 1))
    assert second.details["jewellery"].area_px == 2  # on two classes


def test_a_details_score_is_its_own_confidence_where_that_is_known() -> None:
    own = np.full((6, 8), 51, np.uint8)
    assert made(detail_map=DETAIL_MAP, detail_confidence=own).people[0].details["lips"].score == pytest.approx(0.2)
    assert made(detail_map=DETAIL_MAP).people[0].details["lips"].score == pytest.approx(0.4)


def test_details_change_nothing_else() -> None:
    fine, coarse = made(detail_map=DETAIL_MAP), made()
    assert np.array_equal(fine.label_map, coarse.label_map)
    for person, same in zip(fine.people, coarse.people, strict=True):
        assert (person.score, person.box_xyxy, person.area_px) == (same.score, same.box_xyxy, same.area_px)
        assert list(person.parts) == list(same.parts)
        for part, same_part in zip(person.parts.values(), same.parts.values(), strict=True):
            assert part.score == pytest.approx(same_part.score)
            assert np.array_equal(part.mask, same_part.mask)
        assert not same.details
    assert coarse.detail_map is None


@given(maps_of_random_people(), st.integers(0, 2**32 - 1))
def test_details_are_what_the_detail_map_says(maps: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    label_map, person_map = maps
    drawn = np.random.default_rng(seed).choice([0, 1, 2, 3, 9, 21], label_map.shape).astype(np.uint8)
    detail_map = np.where(allowed_details(CIHP)[label_map, drawn], drawn, 0).astype(np.uint8)
    result = ParseResult.from_maps(
        label_map, person_map, np.full(label_map.shape, 255, np.uint8), label_set=CIHP, detail_map=detail_map
    )
    rebuilt = np.zeros_like(detail_map)
    for person in result.people:
        for name, detail in person.details.items():
            assert DETAILS[detail.class_id] == name
            assert detail.area_px == detail.mask.sum() > 0
            assert not (detail.mask & ~person.mask).any()
            rebuilt[detail.mask] = detail.class_id
    assert np.array_equal(rebuilt, detail_map)


def test_bags_lie_over_the_background() -> None:
    bag_map = np.zeros((6, 8), bool)
    bag_map[4, 2:5] = True
    result = made(bag_map=bag_map)
    assert np.array_equal(result.bag_map, bag_map)
    assert len(result.people) == 2
    with pytest.raises(ShapeError, match=r"overlap on 2 pixels, first at x 3, y 3 \(label 13\)"):
        made(bag_map=np.roll(bag_map, -1, axis=0))


def test_body_points_belong_to_their_person() -> None:
    seen = UNSEEN.copy()
    seen[0] = (8, 6, 1)  # the lower right corner
    first, second = made(body_points=[UNSEEN, seen]).people
    assert not first.body_points.any()
    assert np.array_equal(second.body_points, seen)
    assert not second.body_points.flags.writeable
    assert seen.flags.writeable
    assert made().people[0].body_points is None


@pytest.mark.parametrize(
    ("point", "says"),
    [
        ((9, 1, 0.5), r"nose of person 2 is \(9.0, 1.0, 0.5\); expected x in \[0, 8\], y in \[0, 6\]"),
        ((1, -1, 0.5), "nose of person 2"),
        ((1, 1, 1.5), "nose of person 2"),
        ((1, 1, 0), r"or \(0, 0, 0\) for a point that was not seen"),
        ((float("nan"), 1, 0.5), "nose of person 2"),
    ],
)
def test_body_points_out_of_range_are_refused(point: tuple[float, float, float], says: str) -> None:
    seen = UNSEEN.copy()
    seen[0] = point
    with pytest.raises(ShapeError, match=says):
        made(body_points=[UNSEEN, seen])


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ([UNSEEN], "body_points has 1 entries; expected 2"),
        ([UNSEEN, UNSEEN[:18]], r"person 2 are float32 \(18, 3\); expected float32 \(25, 3\)"),
        ([UNSEEN.astype(np.float64), UNSEEN], "person 1 are float64"),
    ],
)
def test_body_points_of_another_form_are_refused(points: list[np.ndarray], says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        made(body_points=points)


@pytest.mark.parametrize(
    ("y", "x", "detail", "says"),
    [
        (2, 1, 22, "detail map holds id 22; the details have the ids 0 to 21"),
        (1, 1, 2, "on 1 pixels, first at x 1, y 1: lips cannot lie on hat; set the detail to 0"),
        (5, 7, 1, "first at x 7, y 5: nose cannot lie on background"),
    ],
)
def test_a_detail_that_contradicts_its_class_is_refused(y: int, x: int, detail: int, says: str) -> None:
    details = np.zeros((6, 8), np.uint8)
    details[y, x] = detail
    with pytest.raises(LabelError, match=says):
        made(detail_map=details)


def test_the_maps_are_read_only_and_the_callers_stay_writable() -> None:
    result = made()
    for array in (result.label_map, result.person_map, result.confidence):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1
    assert LABELS.flags.writeable


def test_maps_that_are_windows_into_larger_ones_are_accepted() -> None:
    result = ParseResult.from_maps(
        np.asfortranarray(LABELS), np.pad(PERSONS, 1)[1:-1, 1:-1], CONFIDENCE[:, ::-1][:, ::-1], label_set=CIHP
    )
    assert [person.box_xyxy for person in result.people] == [person.box_xyxy for person in made().people]


def test_a_result_survives_pickling() -> None:
    copy = pickle.loads(pickle.dumps(made()))
    assert np.array_equal(copy.people[0].parts["face"].mask, made().people[0].parts["face"].mask)


def test_the_model_is_remembered() -> None:
    result = made(model_name="default", model_sha256="ab" * 32)
    assert (result.model_name, result.model_sha256) == ("default", "ab" * 32)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label_map": LABELS.astype(np.int64)}, r"label map is int64 \(6, 8\); it must be uint8"),
        ({"label_map": LABELS[..., None]}, r"label map is uint8 \(6, 8, 1\)"),
        ({"person_map": PERSONS.astype(np.uint8)}, "person map is uint8 .* it must be uint16"),
        ({"confidence": CONFIDENCE / 255}, "confidence is float64 .* it must be uint8"),
        ({"person_map": PERSONS.T}, r"person map is \(8, 6\), label map is \(6, 8\); .* Was PIL's"),
        ({"label_map": np.zeros((0, 8), np.uint8)}, "height and width must be at least 1"),
        ({"person_map": np.where(PERSONS == 1, 3, PERSONS).astype(np.uint16)}, "holds the ids 2, 3; .* 1 to 2 without"),
        ({"person_map": np.zeros_like(PERSONS)}, r"disagree on 14 pixels, first at x 1, y 1 \(label 1, person 0\)"),
        ({"label_map": np.zeros_like(LABELS)}, r"disagree on 14 pixels, first at x 1, y 1 \(label 0, person 1\)"),
        ({"detail_map": DETAIL_MAP.astype(np.int8)}, "detail map is int8 .* it must be uint8"),
        ({"detail_map": DETAIL_MAP[:5]}, r"detail map is \(5, 8\), label map is \(6, 8\)"),
        ({"detail_confidence": CONFIDENCE}, "without a detail_map; give both or neither"),
        ({"bag_map": np.zeros((6, 8), np.uint8)}, "bag map is uint8 .* it must be bool"),
        ({"person_scores": [0.5]}, "expected 2 numbers in"),
        ({"person_scores": [0.5, 1.5]}, "expected 2 numbers in"),
        ({"person_scores": [0.5, float("nan")]}, "expected 2 numbers in"),
    ],
)
def test_maps_that_do_not_fit_together_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        made(**changes)


def test_ids_of_another_label_set_are_refused() -> None:
    with pytest.raises(LabelError, match="holds id 13; viton-hd has the classes 0 to 12"):
        made(label_set=VITON_HD)


@pytest.mark.parametrize("photo", [np.zeros((8, 6, 3), np.uint8), np.zeros((6, 8), np.uint8), np.zeros((6, 8, 3))])
def test_a_photo_of_another_shape_is_refused(photo: np.ndarray) -> None:
    with pytest.raises(ShapeError, match=r"the result was made from uint8 \(6, 8, 3\)"):
        made().check_photo(photo)
    made().check_photo(np.zeros((6, 8, 3), np.uint8))
