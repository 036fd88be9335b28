-- S1: until its day nobody reads what is inside, not even whose box it is. The day is in the row, which nobody can change.
grant select, insert on letter_inside to holdfast_web;
grant select (memory_id, box_id), delete on letter_inside to holdfast_worker;

create policy opened on letter_inside for select to holdfast_web
    using (opens_on <= (select wall.today()) and (select wall.door()) = 'web' and exists (select from memory m where m.id = memory_id));
create policy seal on letter_inside for insert to holdfast_web
    with check (opens_on > (select wall.today()) and wall.added_by_me(memory_id, box_id)
                and (box_id in (select wall.my_boxes()) or box_id in (select wall.my_addable_boxes())));
create policy erase on letter_inside to holdfast_worker using ((select wall.door()) = 'processing');
