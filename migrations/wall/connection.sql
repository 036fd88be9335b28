-- Who it is, and of which box, stays: only they themselves come in (wall.accept_invitation()).
grant select, insert,
    update (called, about, face, tint, ring, in_touch, state, keeper, may_add, starts_on, ends_on, ended_at,
            before_end, ended_before)
    on connection to holdfast_web;
grant select on connection to holdfast_worker;
grant select, update (state, person_id, accepted_at, ended_at, before_end, ended_before) on connection to holdfast_wall;

create policy decide on connection to holdfast_web
    using (box_id in (select wall.my_run_boxes())) with check (box_id in (select wall.my_run_boxes()));
create policy mine on connection for select to holdfast_web using (id in (select wall.my_connections()));
create policy work on connection for select to holdfast_worker using ((select wall.door()) in ('processing', 'mail'));
create policy wall on connection for select to holdfast_wall using (true);
-- wall.accept_invitation(), wall.leave() and wall.put_back()
create policy wall_changes on connection for update to holdfast_wall using (true);
-- Who looks after a box runs it: someone comes to by whoever proved who they are. Anybody who runs it may stop them.
create or replace trigger looks_after before update of keeper on connection
    for each row when (new.keeper and not old.keeper) execute function wall.hands_over();
