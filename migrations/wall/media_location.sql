-- S6: where a picture was taken, for the owner (and a keeper while kept together).
grant select on media_location to holdfast_web;
grant select, insert, delete on media_location to holdfast_worker;

create policy see on media_location for select to holdfast_web
    using (exists (select from media_file f where f.id = media_file_id and wall.decided_by_me(f.memory_id)));
create policy work on media_location to holdfast_worker
    using ((select wall.door()) = 'processing') with check ((select wall.door()) = 'processing');
