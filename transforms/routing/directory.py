"""Who may be given leads: the directory's users and brands as routing sees them."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

__all__ = ["Directory", "index_directory"]


@dataclass(frozen=True)
class Directory:
    """Users and brands by id.

    Attributes:
        names: user id -> name shown in reasons.
        active: users who may be given leads.
        brands: user id -> brand, where it is known.
        roots: brand id -> topmost brand above it, for every brand of the directory.
    """

    names: dict[str, str]
    active: frozenset[str]
    brands: dict[str, str]
    roots: dict[str, str]

    def name_of(self, user_id: str) -> str:
        """The user's name, or the id of a user without one."""
        return self.names.get(user_id, user_id)

    def refuse(self, user_id: str | None, brand_id: str | None = None) -> str | None:
        """Why a user cannot be given leads (of a brand); None when it can be (SPEC A-G2).

        Where there is no directory at all, every user is taken as active.
        """
        if user_id is None:
            return "no user is named"
        if self.names and user_id not in self.names:
            return f"user {user_id} is not in the directory"
        if self.names and user_id not in self.active:
            return f"user {self.name_of(user_id)} is not active"
        if not self.shares_root(user_id, brand_id):
            return f"user {self.name_of(user_id)} is not in the brand"
        return None

    def shares_root(self, user_id: str, brand_id: str | None) -> bool:
        """Whether a user works in the brand's tree; also where the directory does not know one of the brands."""
        own, asked = self.roots.get(self.brands.get(user_id, "")), self.roots.get(brand_id or "")
        return own is None or asked is None or own == asked


def index_directory(users: pl.DataFrame, brands: pl.DataFrame) -> Directory:
    """Read core.users and core.brands; a brand whose parents go in a circle is its own root."""
    parents = dict(brands.select("brand_id", "parent_id").iter_rows())
    known = users.select("user_id", "display_name", "first_name", "last_name", "brand_id", "is_active").rows()
    return Directory(
        names={row[0]: row[1] or " ".join(filter(None, row[2:4])) or row[0] for row in known},
        active=frozenset(row[0] for row in known if row[5]),
        brands={row[0]: row[4] for row in known if row[4]},
        roots={brand_id: _find_root(brand_id, parents) for brand_id in parents},
    )


def _find_root(brand_id: str, parents: dict[str, str | None]) -> str:
    seen = [brand_id]
    while (parent := parents.get(seen[-1])) and parent not in seen:
        seen.append(parent)
    return seen[-1]
