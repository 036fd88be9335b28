grant select, insert, update (name), delete on circle to holdfast_web;
grant select on circle to holdfast_wall;

create policy decide on circle to holdfast_web
    using (box_id in (select wall.my_run_boxes()))
    with check (box_id in (select wall.my_run_boxes())
                and (connection_id is null
                     or exists (select from connection c where c.id = connection_id and c.box_id = circle.box_id)));
create policy wall on circle for select to holdfast_wall using (true);
