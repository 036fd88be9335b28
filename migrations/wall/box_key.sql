grant select, insert on box_key to holdfast_web;
grant select on box_key to holdfast_worker;

create policy see on box_key for select to holdfast_web
    using (box_id in (select wall.my_run_boxes()) or box_id in (select wall.my_connected_boxes())
           or box_id in (select wall.addressed_boxes()));
-- What an app sends is sealed, and what it is shown is opened, by the app's own request.
create policy app on box_key for select to holdfast_web using (box_id in (select wall.app_boxes()));
create policy make on box_key for insert to holdfast_web with check (box_id in (select wall.my_boxes()));
create policy work on box_key for select to holdfast_worker using ((select wall.door()) in ('processing', 'mail'));
