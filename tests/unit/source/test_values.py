"""Text from a file knows where it was written, and its copies do too."""

from __future__ import annotations

import copy
import pickle

import pytest

from opsflow.core.origin import Origin
from opsflow.source.values import Str, Template, VaultText


@pytest.mark.parametrize("kind", [Str, Template, VaultText])
def test_copies_keep_kind_and_place(kind: type[Str]) -> None:
    written = kind("{{ x }}", Origin("play.yml", 3, 7))
    for other in (copy.copy(written), copy.deepcopy(written), pickle.loads(pickle.dumps(written))):
        assert (type(other), other, other.origin) == (kind, "{{ x }}", Origin("play.yml", 3, 7))
