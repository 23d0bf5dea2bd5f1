"""Addresses of meetings, the room, and the conversion clock."""

from django.urls import path

from meetings.views import agenda, clock, course, home, parts, room, settings, stream, votes

app_name = "meetings"
urlpatterns = [
    path("", home.home, name="home"),
    path("meetings/", agenda.meeting_list, name="list"),
    path("meetings/new/", agenda.new, name="new"),
    path("meetings/<int:pk>/", agenda.detail, name="detail"),
    path("meetings/<int:pk>/edit/", agenda.edit, name="edit"),
    path("meetings/<int:pk>/open/", agenda.open_, name="open"),
    path("meetings/<int:pk>/close/", agenda.close, name="close"),
    path("meetings/<int:pk>/attendance/", agenda.attendance, name="attendance"),
    path("meetings/<int:pk>/agenda/", agenda.add, name="add"),
    path("meetings/<int:pk>/agenda/<int:item>/move/", agenda.move, name="move"),
    path("meetings/<int:pk>/agenda/<int:item>/remove/", agenda.remove, name="remove"),
    path("meetings/<int:pk>/room/", room.room, name="room"),
    path("meetings/<int:pk>/stream/", stream.stream, name="stream"),
    path("meetings/<int:pk>/events/", stream.events, name="events"),
    path("meetings/<int:pk>/here/", votes.join, name="join"),
    path("meetings/<int:pk>/wall/", room.wall, name="wall"),
    path("meetings/<int:pk>/items/<int:item>/show/", room.show, name="show"),
    path("meetings/<int:pk>/items/<int:item>/decision/", room.decision, name="decision"),
    path("meetings/<int:pk>/items/<int:item>/defer/", room.defer, name="defer"),
    path("meetings/<int:pk>/items/<int:item>/part/<slug:name>/", parts.part, name="part"),
    path("meetings/<int:pk>/items/<int:item>/votes/", votes.open_vote, name="open_vote"),
    path("meetings/<int:pk>/items/<int:item>/advice/", votes.open_advice, name="open_advice"),
    path("meetings/<int:pk>/votes/<int:round>/cast/", votes.cast, name="cast"),
    path("meetings/<int:pk>/votes/<int:round>/reveal/", votes.reveal, name="reveal"),
    path("board/settings/", settings.board_settings, name="settings"),
    path("stagings/<int:pk>/last-decision/", room.last_decision_page, name="last-decision"),
    path("reassessments/", clock.clock, name="clock"),
    path("reassessments/list.csv", clock.clock_csv, name="clock_csv"),
    path("reassessments/<int:pk>/start/", clock.confirm_start, name="confirm_start"),
    path("reassessments/<int:pk>/scan-booked/", clock.book_scan, name="book_scan"),
    path("reassessments/<int:pk>/scan-done/", clock.scan_done, name="scan_done"),
    path("reassessments/<int:pk>/not-needed/", clock.not_needed, name="not_needed"),
    path("reassessments/<int:pk>/agenda/", clock.to_agenda, name="to_agenda"),
    path("reassessments/<int:pk>/cycles/", course.cycles, name="cycles"),
    path("reassessments/<int:pk>/early-scan/", course.accept_early_scan, name="accept_early_scan"),
    path("reassessments/<int:pk>/scan-taken-back/", course.take_back_scan, name="take_back_scan"),
    path("reassessments/<int:pk>/forward/", course.bring_forward, name="bring_forward"),
    path("reassessments/<int:pk>/postpone/", course.postpone, name="postpone"),
    path("reassessments/<int:pk>/stopped/", course.stop_therapy, name="stop_therapy"),
]
