import numpy as np

from fittingroom.training.m2fp.targets import mask_targets

LABELS = np.array([[0, 1, 2, 255], [0, 1, 1, 254]], np.uint8)
PERSONS = np.array([[0, 1, 1, 0], [0, 1, 2, 2]], np.uint8)


def test_a_picture_has_a_background_and_for_each_person_the_whole_and_the_parts() -> None:
    targets = mask_targets(LABELS, PERSONS, num_classes=3, tells_people_apart=True)
    masks = {
        (int(c), tuple(map(tuple, np.argwhere(m.numpy())))) for c, m in zip(targets.classes, targets.masks, strict=True)
    }
    assert masks == {
        (0, ((0, 0), (1, 0))),
        (3, ((0, 1), (0, 2), (1, 1))),
        (1, ((0, 1), (1, 1))),
        (2, ((0, 2),)),
        (3, ((1, 2), (1, 3))),
        (1, ((1, 2),)),
    }


def test_of_what_is_ignored_or_of_somebody_nothing_is_known() -> None:
    targets = mask_targets(LABELS, PERSONS, num_classes=3, tells_people_apart=True)
    assert np.argwhere(~targets.is_known.numpy()).tolist() == [[0, 3], [1, 3]]


def test_for_one_person_each_class_is_one_mask() -> None:
    targets = mask_targets(LABELS, PERSONS, num_classes=3, tells_people_apart=False)
    assert targets.classes.tolist() == [0, 1, 2]
    assert targets.masks[1].sum() == 3


def test_a_picture_of_which_nothing_is_known_has_no_targets() -> None:
    nothing = mask_targets(
        np.full((2, 2), 255, np.uint8), np.zeros((2, 2), np.uint8), num_classes=3, tells_people_apart=True
    )
    assert nothing.masks.shape == (0, 2, 2)
