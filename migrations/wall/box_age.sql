grant select, insert, update (adult_on) on box_age to holdfast_web;
grant select on box_age to holdfast_wall;

create policy decide on box_age to holdfast_web
    using (box_id in (select wall.my_run_boxes())) with check (box_id in (select wall.my_run_boxes()));
create policy wall on box_age for select to holdfast_wall using (true);
