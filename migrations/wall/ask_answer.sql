-- Deciding costs nothing: whoever asked never sees what became of it.
grant select, insert on ask_answer to holdfast_web;
grant select (ask_id) on ask_answer to holdfast_wall;

create policy read on ask_answer for select to holdfast_web
    using (box_id in (select wall.my_boxes())
           or (box_id in (select wall.my_kept_boxes()) and exists (select from ask a where a.id = ask_id)));
create policy answer on ask_answer for insert to holdfast_web
    with check (person_id = (select wall.me()) and box_id in (select wall.my_run_boxes())
                and exists (select from ask a where a.id = ask_id and a.box_id = ask_answer.box_id
                            and a.direction <> 'give'));
create policy wall on ask_answer for select to holdfast_wall using (true);
