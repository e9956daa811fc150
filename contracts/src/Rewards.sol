// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IRewards, Voucher} from "./IRewards.sol";
import {Sig, Signed} from "./Signed.sol";

/// @title Rewards
/// @dev PRIV has no hooks, so state before transfer is guard enough against reentry: each function has written all it
/// changes before it calls the token. PRIV sent here by a plain transfer belongs to no operator and is lost.
contract Rewards is IRewards, EIP712 {
    using SafeERC20 for IERC20;
    using Signed for address;

    /// @dev One storage slot.
    struct Withdrawal {
        uint192 amount;
        uint64 readyAt;
    }

    /// @notice How long vouchers stay good after the operator announces to leave.
    uint256 public constant NOTICE = 7 days;

    bytes32 private constant VOUCHER_TYPEHASH =
        keccak256("Voucher(address operator,address account,uint256 cumulative)");

    /// @notice The token that is paid out.
    IERC20 public immutable TOKEN;

    /// @inheritdoc IRewards
    mapping(address operator => uint256) public balanceOf;
    /// @inheritdoc IRewards
    mapping(address operator => mapping(address account => uint256)) public paid;
    /// @inheritdoc IRewards
    mapping(address operator => Withdrawal) public withdrawals;

    constructor(IERC20 token) EIP712("privd Rewards", "1") {
        if (address(token) == address(0)) revert ZeroToken();
        TOKEN = token;
    }

    /// @inheritdoc IRewards
    function fund(address operator, uint256 amount) external {
        if (operator == address(0)) revert ZeroOperator();
        if (amount == 0) revert ZeroAmount();

        balanceOf[operator] += amount;
        emit Funded(operator, msg.sender, amount);
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IRewards
    function payoutMany(address[] calldata accounts, uint256[] calldata cumulative) external {
        if (accounts.length != cumulative.length) revert LengthMismatch(accounts.length, cumulative.length);

        uint256[] memory due = new uint256[](accounts.length);
        uint256 total;
        for (uint256 i; i < accounts.length; ++i) {
            due[i] = _book(msg.sender, accounts[i], cumulative[i]);
            total += due[i];
        }
        // The whole batch is booked and paid for before anything leaves.
        _spend(msg.sender, total);
        for (uint256 i; i < accounts.length; ++i) {
            if (due[i] != 0) TOKEN.safeTransfer(accounts[i], due[i]);
        }
    }

    /// @inheritdoc IRewards
    function redeem(Voucher calldata voucher, Sig calldata sig) external {
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(VOUCHER_TYPEHASH, voucher)));
        // No nonce and no expiry: `paid` makes every voucher work once, and an older one than was paid not at all.
        if (!voucher.operator.by(digest, sig)) revert BadVoucherSignature();

        uint256 due = _book(voucher.operator, voucher.account, voucher.cumulative);
        if (due == 0) return;
        _spend(voucher.operator, due);
        TOKEN.safeTransfer(voucher.account, due);
    }

    /// @inheritdoc IRewards
    function announceWithdrawal(uint256 amount) external {
        uint256 balance = balanceOf[msg.sender];
        if (amount > balance) revert InsufficientFunds(msg.sender, balance, amount);

        uint64 readyAt = amount == 0 ? 0 : uint64(block.timestamp + NOTICE);
        // The cast holds: the amount is PRIV that is here, and the supply is checked at deployment to be below 2^128.
        withdrawals[msg.sender] = Withdrawal(uint192(amount), readyAt);
        emit WithdrawalAnnounced(msg.sender, amount, readyAt);
    }

    /// @inheritdoc IRewards
    function withdrawFunds() external {
        Withdrawal memory announced = withdrawals[msg.sender];
        if (announced.readyAt == 0) revert NothingAnnounced(msg.sender);
        if (block.timestamp < announced.readyAt) revert TooEarly(announced.readyAt);

        // Payouts during the notice come first: what is left may be less than announced.
        uint256 balance = balanceOf[msg.sender];
        uint256 amount = announced.amount < balance ? announced.amount : balance;
        delete withdrawals[msg.sender];
        balanceOf[msg.sender] = balance - amount;
        emit FundsWithdrawn(msg.sender, amount);
        TOKEN.safeTransfer(msg.sender, amount);
    }

    /// @dev Writes down that the account has been paid up to `cumulative`; returns what that leaves to transfer.
    function _book(address operator, address account, uint256 cumulative) private returns (uint256 due) {
        uint256 before = paid[operator][account];
        if (cumulative <= before) return 0;
        due = cumulative - before;
        paid[operator][account] = cumulative;
        emit Paid(operator, account, due, cumulative);
    }

    function _spend(address operator, uint256 amount) private {
        uint256 balance = balanceOf[operator];
        if (amount > balance) revert InsufficientFunds(operator, balance, amount);
        balanceOf[operator] = balance - amount;
    }
}
