-- Begun, helped, stopped and used by the functions of _recovery.sql alone; the wait is theirs to keep.
grant select on recovery to holdfast_web;
grant select, delete on recovery to holdfast_worker;
grant select, insert, update (box_id, begun_at, ready_at, stopped_at, used_at, expires_at) on recovery to holdfast_wall;

-- It is nobody's until two have said yes.
create policy mine on recovery for select to holdfast_web using (box_id in (select wall.my_boxes()));
create policy helps on recovery for select to holdfast_web using (box_id in (select wall.my_helped_boxes()));
-- One that began stays longer: what its box's trusted people said before a stop must not count again (wall.yeses), and the
-- device is told how it ended.
create policy sweep on recovery for select to holdfast_worker
    using (expires_at < now() and (begun_at is null or expires_at < now() - interval '30 days'));
create policy sweep_away on recovery for delete to holdfast_worker
    using (expires_at < now() and (begun_at is null or expires_at < now() - interval '30 days'));
create policy wall on recovery for select to holdfast_wall using (true);
create policy wall_makes on recovery for insert to holdfast_wall with check (true);
create policy wall_changes on recovery for update to holdfast_wall using (true);
