from .cox import CoxRegression as CoxRegression
from .fine_gray import FineGrayRegression as FineGrayRegression
from .imputation import pool_imputations as pool_imputations
from .proportional_hazards import ProportionalHazardsTest as ProportionalHazardsTest
