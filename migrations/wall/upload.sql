grant select, insert, update (received, state, sha256, expires_at), delete on upload to holdfast_web;
grant select, delete on upload to holdfast_worker;

-- An upload is a person's or an app's, never both: the table says so.
create policy mine on upload to holdfast_web
    using (person_id = (select wall.me())
           and (box_id in (select wall.my_run_boxes()) or box_id in (select wall.my_addable_boxes())))
    with check (person_id = (select wall.me())
                and (box_id in (select wall.my_run_boxes()) or box_id in (select wall.my_addable_boxes())));
create policy app on upload to holdfast_web
    using (grant_id in (select wall.my_grant()) and box_id in (select wall.app_addable_boxes()))
    with check (grant_id in (select wall.my_grant()) and box_id in (select wall.app_addable_boxes()));
create policy sweep on upload to holdfast_worker using (expires_at < now());
-- What is on its way into a box.
grant select (box_id, length, state, expires_at) on upload to holdfast_wall;
create policy wall on upload for select to holdfast_wall using (true);
