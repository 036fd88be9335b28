-- C5: written once, by the one who looks; read by the owner.
grant select, insert on look to holdfast_web;
grant select (box_id, person_id, connection_id, memory_id, what, at) on look to holdfast_wall;

create policy read on look for select to holdfast_web using (box_id in (select wall.my_boxes()));
create policy write on look for insert to holdfast_web
    with check (person_id = (select wall.me()) and connection_id is null and box_id in (select wall.my_connected_boxes()));
create policy app_writes on look for insert to holdfast_web
    with check (person_id is null and connection_id in (select wall.app_connections())
                and box_id in (select wall.app_boxes()));
-- wall.looked_lately()
create policy wall on look for select to holdfast_wall using (true);
