grant select, insert, update (scopes, circle_id, length, ends_at, paused_at, stopped_at) on oauth_grant to holdfast_web;
grant select on oauth_grant to holdfast_wall;

-- C1: who decides in the box lets apps in, and ends that.
create policy read on oauth_grant for select to holdfast_web using (box_id in (select wall.my_run_boxes()));
create policy let_in on oauth_grant for insert to holdfast_web
    with check (box_id in (select wall.my_run_boxes()) and person_id = (select wall.me())
                and (circle_id is null or circle_id = any (wall.circles_of(box_id)))
                and wall.is_app(connection_id, box_id));
create policy change on oauth_grant for update to holdfast_web
    using (box_id in (select wall.my_run_boxes()))
    with check (box_id in (select wall.my_run_boxes())
                and (circle_id is null or circle_id = any (wall.circles_of(box_id))));
-- S5: the app itself, while it counts.
create policy own on oauth_grant for select to holdfast_web using (id in (select wall.my_grant()));
create policy wall on oauth_grant for select to holdfast_wall using (true);
