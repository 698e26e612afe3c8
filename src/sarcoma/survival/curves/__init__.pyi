from .aalen_johansen import (
    cumulative_incidence as cumulative_incidence,
)
from .aalen_johansen import (
    kaplan_meier as kaplan_meier,
)
from .aalen_johansen import (
    landmark_occupancy as landmark_occupancy,
)
from .aalen_johansen import (
    occupancy as occupancy,
)
from .against_population import RelativeSurvival as RelativeSurvival
from .against_population import net_survival as net_survival
from .against_population import relative_survival as relative_survival
from .follow_up import follow_up_of_table as follow_up_of_table
from .follow_up import median_follow_up as median_follow_up
from .group_tests import GroupTest as GroupTest
from .group_tests import gray_test as gray_test
from .group_tests import logrank as logrank
from .late_entry_test import conditional_tau as conditional_tau
from .life_table import LifeTable as LifeTable
from .pseudo_values import pseudo_expected_time as pseudo_expected_time
from .pseudo_values import pseudo_observations as pseudo_observations
from .restricted_means import RestrictedMeans as RestrictedMeans
from .restricted_means import restricted_mean_difference as restricted_mean_difference
from .state_occupancy import Estimate as Estimate
from .state_occupancy import Occupancy as Occupancy
from .state_occupancy import StateProbabilities as StateProbabilities
