grant select, insert, update (name, stage, theme, cover, mode, pictures, own_words) on box to holdfast_web;
grant select on box to holdfast_worker;
grant select (id, owner_id, stage) on box to holdfast_wall;

create policy see on box for select to holdfast_web
    using (id in (select wall.my_run_boxes()) or id in (select wall.my_connected_boxes()));
-- S5: an app that may know what the young person is called.
create policy app_knows on box for select to holdfast_web using (id in (select wall.app_named_boxes()));
create policy make on box for insert to holdfast_web with check (owner_id = (select wall.me()));
create policy change on box for update to holdfast_web using (id in (select wall.my_run_boxes()));
create policy wall on box for select to holdfast_wall using (true);
create or replace trigger hands_over before update of stage on box
    for each row when (old.stage is distinct from new.stage) execute function wall.hands_over();
