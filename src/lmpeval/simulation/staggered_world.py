"""A world in which the sites start in different years."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lmpeval.panel import Floats, Panel, Years
from lmpeval.segments import Together
from lmpeval.simulation.world import World


@dataclass(frozen=True, eq=False)
class DrawnStarts:
    """Panels of the starts, rising, and the truth about them.

    Attributes
    ----------
    panels : tuple of Panel
        One a start, over the same units; the sites of other starts are set aside.
    effects : array, shape (n_years,)
        True effect on a site in the years from its start on, counted from it: the same for all sites.
    """

    panels: tuple[Panel, ...]
    effects: Floats

    def mean_over(self, since: Years) -> float:
        """True effect over some years since the start."""
        return float(self.effects[since].mean())


@dataclass(frozen=True)
class StaggeredWorld(World):
    """A world of which each site has a start of its own.

    Attributes
    ----------
    starts : tuple of int
        Of each site, in years after the first one's.
    later_serve : bool
        Whether sites that start later are compared with until they do.
    """

    starts: tuple[int, ...] = (0, 1)
    later_serve: bool = False

    def __post_init__(self) -> None:
        """Refuse sites without a start, and starts that leave no year."""
        super().__post_init__()
        if len(self.starts) != self.sites or min(self.starts) != 0 or max(self.starts) >= self.after:
            raise ValueError(
                f"starts are {self.starts}, expected {self.sites}, the first 0 and all below {self.after}"
            )

    @property
    def together(self) -> Together:
        """How a study of this world would put its starts together."""
        return Together(later_serve=self.later_serve)

    def draw_starts(self, rng: np.random.Generator) -> DrawnStarts:
        """Draw the panels of one country."""
        panel = replace(self, effect=0.0).draw(rng).panel
        start_of = np.zeros(len(panel.units), dtype=np.int64)
        for site, later in zip(panel.sites, self.starts, strict=True):
            start_of[panel.treated & (np.asarray(panel.groups) == site)] = self.start + later
        exposed = [(start, start_of == start) for start in np.unique(start_of[start_of > 0])]
        added = sum(np.outer(self._effect(panel.years, int(start)), there) for start, there in exposed)
        panels = tuple(
            replace(
                panel,
                outcome=panel.outcome + added,
                treated=there,
                start=int(start),
                aside=panel.aside | (panel.treated & ~there),
            )
            for start, there in exposed
        )
        since = np.arange(self.start, self.start + self.after)
        return DrawnStarts(panels, self._effect(since, self.start))
