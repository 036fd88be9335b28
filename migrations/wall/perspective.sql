-- C3: one's own words, on what one can see.
grant select, insert, update (words) on perspective to holdfast_web;
grant select, delete on perspective to holdfast_worker;

create policy see on perspective for select to holdfast_web
    using ((select wall.door()) = 'web' and exists (select from memory m where m.id = memory_id));
create policy add on perspective for insert to holdfast_web
    with check (person_id = (select wall.me())
                and exists (select from memory m where m.id = memory_id and m.box_id = perspective.box_id)
                and (box_id in (select wall.my_run_boxes()) or box_id in (select wall.my_addable_boxes()))
                and ((connection_id is null and box_id in (select wall.my_boxes()))
                     or (connection_id in (select wall.my_connections())
                         and exists (select from connection c
                                     where c.id = connection_id and c.box_id = perspective.box_id))));
create policy change on perspective for update to holdfast_web
    using (person_id = (select wall.me()) and exists (select from memory m where m.id = memory_id));
create policy erase on perspective to holdfast_worker using ((select wall.door()) = 'processing');
