from .model import MultiStateModel as MultiStateModel
from .model import Prediction as Prediction
from .transition_hazard import TransitionHazard as TransitionHazard
