import pytest

from molagent.screen.admet import AdmetSuite
from molagent.screen.alerts import AlertFilter
from molagent.screen.controlled import ControlledFilter
from molagent.screen.funnel import StructureFilter
from molagent.screen.plausibility import PlausibilityFilter
from molagent.screen.precedent import PrecedentFilter
from molagent.screen.rules import RuleFilter
from molagent.screen.unstable import UnstableFilter
from molagent.testing import FilterContract, PredictorContract

FILTERS = (
    StructureFilter,
    ControlledFilter,
    PlausibilityFilter,
    UnstableFilter,
    PrecedentFilter,
    RuleFilter,
    AlertFilter,
)


@pytest.fixture(scope="module")
def suite():
    return AdmetSuite()


class TestFilters(FilterContract):
    @pytest.fixture(params=FILTERS, ids=lambda kind: kind.__name__)
    def filter_(self, request):
        return request.param()


class TestAdmet(PredictorContract):
    @pytest.fixture(params=["solubility", "herg", "clearance"])
    def predictor(self, request, suite):
        return suite.predictor(request.param)
