from mcmeet.features.accounts import service
from mcmeet.features.meetings.store import running_meeting
from mcmeet.features.polls import close_poll
