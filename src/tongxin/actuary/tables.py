# SPDX-License-Identifier: AGPL-3.0-only
"""Claim incidence by age from the Society of Actuaries' table library, as PyPI `pymort` carries it.

The table of the demo is 1736, "2012 IDEC Claim Incidence Table - Male, Occ Class 4, Acc, 30 day EP". What its rates
mean, from its own metadata and the committee's report it names:

- unit: claims per year of life exposed (no scaling: 0.018609 is 18.6 claims a year among 1,000 men), by attained age;
- a *claim* is a disablement by accident that outlasts the elimination period of 30 days: who is back at work on the
  30th day is not counted;
- occupation class 4 is manual work, the class with the highest rates;
- graduated from the individual disability income business of insurers in the United States, 1990 to 2007, without a
  margin for adverse deviations. Insured men there are not facade cleaners here: the table is a published yardstick,
  not a forecast.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from pymort import MortXML

from tongxin.actuary.errors import ActuaryError

__all__ = ["IncidenceTable", "load_incidence_table"]


@dataclass(frozen=True)
class IncidenceTable:
    """Yearly claim incidence by attained age.

    Attributes:
        identity: The table's number in the library.
        name: Its published title.
        reference: Where it was published.
        first_age: The age of the first rate.
        rates: Claims per year of life exposed, one for each age in steps of a year.
    """

    identity: int
    name: str
    reference: str
    first_age: int
    rates: tuple[float, ...]

    @property
    def last_age(self) -> int:
        """The age of the last rate."""
        return self.first_age + len(self.rates) - 1

    def rate(self, age: int) -> float:
        """Claims per year of life exposed at an attained age.

        Raises:
            ActuaryError: The table has no rate for that age.
        """
        if not self.first_age <= age <= self.last_age:
            raise ActuaryError(
                f"table {self.identity} has rates for ages {self.first_age} to {self.last_age}, not for {age}"
            )
        return self.rates[age - self.first_age]


def load_incidence_table(identity: int) -> IncidenceTable:
    """A claim incidence table by its number in the Society of Actuaries' library.

    Raises:
        ActuaryError: There is no such table, or it is not one of unscaled claim incidence rates by single ages.
    """
    try:
        # pymort 2.0.1 calls deprecated functions of the standard library and of pandas.
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            published = MortXML.from_id(identity)
    except FileNotFoundError as error:
        raise ActuaryError(f"the table library has no table {identity}") from error
    about = published.ContentClassification
    if about.ContentType != "Claim Incidence":
        raise ActuaryError(f"table {identity} ({about.TableName}) holds {about.ContentType}, not Claim Incidence")
    if len(published.Tables) != 1:
        raise ActuaryError(f"table {identity} has {len(published.Tables)} parts; one rate by age is needed")
    table = published.Tables[0]
    axes = table.MetaData.AxisDefs
    if len(axes) != 1 or axes[0].ScaleType != "Age" or axes[0].Increment != 1:
        raise ActuaryError(f"table {identity} is not by single years of age")
    if table.MetaData.ScalingFactor != 0:
        raise ActuaryError(f"table {identity} is scaled by 10^{table.MetaData.ScalingFactor}, which is not supported")
    ages = [int(age) for age in table.Values.index]
    rates = tuple(float(rate) for rate in table.Values["vals"])
    if ages != list(range(axes[0].MinScaleValue, axes[0].MaxScaleValue + 1)):
        raise ActuaryError(f"table {identity} misses ages between its first and its last")
    if not all(0 < rate < 1 for rate in rates):
        raise ActuaryError(f"table {identity} has a rate that is no yearly incidence between 0 and 1")
    return IncidenceTable(identity, about.TableName, about.TableReference, ages[0], rates)
