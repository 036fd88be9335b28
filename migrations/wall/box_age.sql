-- S4: the day a keeper's part ends is said by whose box it is; a keeper cannot put it off.
grant select, insert, update (adult_on) on box_age to holdfast_web;
grant select on box_age to holdfast_wall;

create policy mine on box_age to holdfast_web
    using (box_id in (select wall.my_boxes())) with check (box_id in (select wall.my_boxes()));
create policy read on box_age for select to holdfast_web using (box_id in (select wall.my_kept_boxes()));
create policy wall on box_age for select to holdfast_wall using (true);
