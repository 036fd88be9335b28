grant select, insert, update (name), delete on circle to holdfast_web;
grant select on circle to holdfast_wall;

create policy decide on circle to holdfast_web
    using (box_id in (select wall.my_run_boxes())) with check (box_id in (select wall.my_run_boxes()));
create policy wall on circle for select to holdfast_wall using (true);
