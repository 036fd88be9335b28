-- C5: written once, by the one who looks; read by the owner.
grant select, insert on look to holdfast_web;

create policy read on look for select to holdfast_web using (box_id in (select wall.my_boxes()));
create policy write on look for insert to holdfast_web
    with check (person_id = (select wall.me()) and box_id in (select wall.my_connected_boxes()));
