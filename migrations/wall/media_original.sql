-- S6: the file as it came, for the owner (and a keeper while kept together).
grant select, insert on media_original to holdfast_web;
grant select, insert, update (mime, changed_on), delete on media_original to holdfast_worker;

create policy see on media_original for select to holdfast_web
    using (exists (select from media_file f where f.id = media_file_id and wall.decided_by_me(f.memory_id)));
create policy add on media_original for insert to holdfast_web with check (wall.file_added_by_me(media_file_id, box_id));
create policy app_adds on media_original for insert to holdfast_web
    with check (wall.file_given_by_app(media_file_id, box_id));
create policy work on media_original to holdfast_worker
    using ((select wall.door()) in ('processing', 'mail')) with check ((select wall.door()) in ('processing', 'mail'));
-- What a box weighs.
grant select (box_id, bytes) on media_original to holdfast_wall;
create policy wall on media_original for select to holdfast_wall using (true);
