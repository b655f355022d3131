"""Platforms are told apart by colour-blind eyes, on grey paper, and small text is legible."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from influtics_lab.platforms import PLATFORMS
from influtics_lab.plots.colours import LOOKS, OTHER, compute_luminance, darken_colour, find_look, order_platforms
from influtics_lab.plots.reading_heatmap import MARKS, REJECTED

EVERY = [*LOOKS.values(), OTHER]
# Machado, Oliveira and Fernandes (2009): what eyes without one kind of cone see, severity 1.0, in linear RGB.
BLIND = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lightness(colour):
    """CIE L*, from 0 to 100."""
    y = compute_luminance(colour)
    return 116 * np.cbrt(y) - 16 if y > 0.008856 else 903.3 * y


def seen(colour, kind):
    linear = np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)])
    return np.clip(np.array(BLIND[kind]) @ linear, 0, 1) if kind else linear


def lab(linear):
    x, y, z = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    x, y, z = (np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x / 0.9505, y, z / 1.089))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("kind", [None, *BLIND])
def test_platforms_are_distinguished_by_every_eye(kind):
    for one, other in itertools.combinations(LOOKS.values(), 2):
        assert np.linalg.norm(lab(seen(one.colour, kind)) - lab(seen(other.colour, kind))) > 20


def test_platforms_differ_on_grey_paper():
    for one, other in itertools.combinations(LOOKS.values(), 2):
        assert abs(lightness(one.colour) - lightness(other.colour)) > 12


def test_no_two_platforms_share_a_marker_a_dash_or_a_hatch():
    for of in ("marker", "dash", "hatch"):
        assert len({getattr(one, of) for one in EVERY}) == len(EVERY)


def test_lines_stand_out_from_white():
    for one in EVERY:
        assert 1.05 / (compute_luminance(one.colour) + 0.05) >= 3


@pytest.mark.parametrize("colour", ["#ffffff", "#ffff00", *(one.colour for one in EVERY)])
def test_text_in_a_darkened_colour_can_be_read(colour):
    assert 1.05 / (compute_luminance(darken_colour(colour)) + 0.05) >= 4.5


def test_dark_colours_stay_as_they_are():
    assert darken_colour("#00558c") == "#00558c"


def test_every_platform_of_the_service_has_its_look():
    assert set(LOOKS) == set(PLATFORMS)
    assert find_look("Vimeo") == find_look(None) == OTHER


def test_known_platforms_come_first():
    assert order_platforms(["b", "Instagram", "a", "TikTok"]) == ["TikTok", "Instagram", "a", "b"]


def test_flags_are_distinguished_without_colour():
    marks = [(mark.marker, mark.filled) for mark in (*MARKS.values(), REJECTED)]
    assert len(set(marks)) == len(marks)
