grant select, insert,
    update (kind, state, title, words, details, happened, happened_on, place, chapter_id, audience, audience_until, only_me,
            gentle, decided_at, before_trash, erase_on)
    on memory to holdfast_web;
grant select, insert, update (cover, happened, happened_on), delete on memory to holdfast_worker;
grant select (id, box_id, added_by, state, only_me, gift_id, title, words, kind, audience, audience_until, connection_id),
    update (title, words, state, before_trash, erase_on, audience, audience_until, decided_at) on memory to holdfast_wall;

-- S1
create policy owner_sees on memory for select to holdfast_web using (box_id in (select wall.my_boxes()));
-- S4
create policy keeper_sees on memory for select to holdfast_web
    using (box_id in (select wall.my_kept_boxes()) and state in ('arrived', 'kept') and not only_me);
-- S2
create policy connection_sees on memory for select to holdfast_web
    using (state = 'kept' and audience && (select array(select wall.my_circles()))
           and (audience_until is null or audience_until >= (select wall.today())));
-- S5
create policy app_sees on memory for select to holdfast_web using (id in (select wall.app_memories()));

create policy owner_makes on memory for insert to holdfast_web
    with check (box_id in (select wall.my_boxes()) and added_by = (select wall.me()) and state = 'kept'
                and connection_id is null and gift_id is null and audience <@ wall.circles_of(box_id));
-- What anyone else gives arrives in the tray, in nobody's sight but the owner's; it is part of their own gift.
create policy giver_gives on memory for insert to holdfast_web
    with check (box_id in (select wall.my_addable_boxes()) and added_by = (select wall.me()) and state = 'arrived'
                and audience = '{}' and connection_id in (select wall.my_connections())
                and wall.same_gift(gift_id, connection_id, box_id));
create policy app_gives on memory for insert to holdfast_web
    with check (box_id in (select wall.app_boxes()) and connection_id in (select wall.app_connections())
                and added_by is null and state = 'arrived' and audience = '{}'
                and wall.same_gift(gift_id, connection_id, box_id)
                and ('add:' || kind) in (select wall.app_scopes()));

-- C1. Nobody is granted to move a memory to another box.
create policy owner_changes on memory for update to holdfast_web
    using (box_id in (select wall.my_boxes()))
    with check (audience <@ wall.circles_of(box_id));
create policy keeper_changes on memory for update to holdfast_web
    using (box_id in (select wall.my_kept_boxes()) and state in ('arrived', 'kept') and not only_me)
    with check (audience <@ wall.circles_of(box_id));

create policy mail_gives on memory for insert to holdfast_worker
    with check ((select wall.door()) = 'mail' and state = 'arrived' and audience = '{}'
                and wall.same_gift(gift_id, connection_id, box_id));
create policy processing_sees on memory for select to holdfast_worker using ((select wall.door()) = 'processing');
create policy processing_shows on memory for update to holdfast_worker using ((select wall.door()) = 'processing');
create policy erase on memory for delete to holdfast_worker
    using ((select wall.door()) = 'processing' and state in ('returned', 'trashed') and erase_on <= (select wall.today()));
create policy wall on memory for select to holdfast_wall using (true);
create policy wall_moves on memory for update to holdfast_wall
    using (box_id in (select wall.my_kept_boxes()) and state in ('arrived', 'kept') and not only_me)
    with check (box_id in (select wall.my_kept_boxes()) and state in ('put_away', 'returned', 'trashed'));
-- wall.correct_gift(); what else it may touch is what wall_moves says.
create policy wall_corrects on memory for update to holdfast_wall
    using (gift_id in (select g.id from gift g
                       where not g.sealed and g.connection_id in (select wall.my_connections())
                         and g.sent_at > now() - interval '24 hours'));
