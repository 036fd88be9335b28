grant select, insert, update (role, position) on media_file to holdfast_web;
grant select, insert, update, delete on media_file to holdfast_worker;
grant select (id, box_id, added_by, memory_id, shown_bytes) on media_file to holdfast_wall;

create policy see on media_file for select to holdfast_web using (exists (select from memory m where m.id = memory_id));
create policy add on media_file for insert to holdfast_web
    with check (added_by = (select wall.me()) and wall.added_by_me(memory_id, box_id));
create policy app_adds on media_file for insert to holdfast_web
    with check (added_by is null and wall.given_by_app(memory_id, box_id));
-- The one who decides may add to and rearrange what is already there.
create policy add_to on media_file for insert to holdfast_web
    with check (added_by = (select wall.me()) and wall.decided_by_me(memory_id)
                and exists (select from memory m where m.id = memory_id and m.box_id = media_file.box_id));
create policy change on media_file for update to holdfast_web
    using (wall.decided_by_me(memory_id));
create policy work on media_file to holdfast_worker
    using ((select wall.door()) in ('processing', 'mail')) with check ((select wall.door()) in ('processing', 'mail'));
create policy wall on media_file for select to holdfast_wall using (true);
