"""盟畅云会议 (MCMeet): accounts, meetings and their media in one process."""
