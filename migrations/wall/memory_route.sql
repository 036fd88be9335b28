-- S6: where someone walked is for the owner (and a keeper while kept together).
grant select, insert, update (points), delete on memory_route to holdfast_web;
grant select, delete on memory_route to holdfast_worker;

create policy see on memory_route for select to holdfast_web
    using (wall.decided_by_me(memory_id));
create policy make on memory_route for insert to holdfast_web with check (wall.added_by_me(memory_id, box_id));
create policy change on memory_route for update to holdfast_web
    using (wall.decided_by_me(memory_id));
create policy remove on memory_route for delete to holdfast_web
    using (wall.decided_by_me(memory_id));
create policy erase on memory_route to holdfast_worker using ((select wall.door()) = 'processing');
