-- Every message in chat writes to these tables, and every index is a page more in its commits. What is only asked for while
-- it is open is indexed while it is open; messages to other platforms, which have a `/` in their room, are found by id.
DROP INDEX command_by_inbox;
DROP INDEX command_by_state;
CREATE INDEX command_open ON command (state, sequence)
    WHERE state NOT IN ('finished', 'failed', 'refused', 'cancelled', 'expired');
DROP INDEX outbox_by_state;
DROP INDEX outbox_by_destination;
CREATE INDEX outbox_dead ON outbox (sequence) WHERE state = 3;
DROP INDEX room_message_by_room;
DROP INDEX room_message_by_thread;
CREATE INDEX room_message_by_room ON room_message (room, sequence) WHERE room NOT GLOB '*/*';
CREATE INDEX room_message_by_thread ON room_message (room, thread, sequence) WHERE room NOT GLOB '*/*';
