grant select, insert, update (starts_on, ends_on), delete on circle_member to holdfast_web;
grant select on circle_member to holdfast_wall;

create policy decide on circle_member to holdfast_web
    using (box_id in (select wall.my_run_boxes()))
    with check (box_id in (select wall.my_run_boxes())
                and circle_id = any (wall.circles_of(box_id))
                and exists (select from connection c where c.id = connection_id and c.box_id = circle_member.box_id));
create policy wall on circle_member for select to holdfast_wall using (true);
